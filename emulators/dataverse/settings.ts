/** Records of an entity that agree in all these columns count as duplicates. */
export interface DuplicateRule {
  readonly entity: string;
  readonly attributes: readonly string[];
}

/**
 * How the emulated service behaves where it can be configured, or where public documents leave the answer open.
 * Everything can be changed while it runs. `docs/emulator.md` lists which of these are assumptions.
 */
export interface Settings {
  /** Applied to creates when the client sends `MSCRM.SuppressDuplicateDetection: false`. */
  duplicateRules: DuplicateRule[];
  /** Status of code 0x80040333: documented both ways. */
  duplicateStatus: 412 | 500;
  /** Whether the application user may act on behalf of others. */
  impersonation: boolean;
  /** Largest page, and the page when the client asks for none. */
  pageLimit: number;
  /** Largest body of a request, in characters. */
  largestBody: number;
  /** Each page begins again so many rows before the last one ended: rows come twice. */
  pageOverlap: number;
  /** Every so many pages, an empty one with a next link; 0 for never, else 2 or more. */
  emptyPageEvery: number;
  /** Status of an expired delta token (code 0x80044352). Open question. */
  expiredTokenStatus: 400 | 410;
  /** Whether the refusal of an expired delta token carries its code. Open question. */
  expiredTokenCode: boolean;
  /** Status of a delta token that is not understood. Open question. */
  malformedTokenStatus: 400 | 404;
  /** Links inside a tracked walk: all in the cookie, which says so; or with the delta token beside a cookie that does not. Open question. */
  trackedLinks: "cookie" | "token";
  /** The id of a deleted record in a delta: by itself as documented, or as the address that OData prescribes. */
  deletedIds: "bare" | "address";
  /** Whether asking for annotations on a tracked query loses the delta link, as reported of version 8.2. */
  annotationsDropDeltaLink: boolean;
  /** A record deleted and created again between two polls: shown as both, or only as the row. Open question. */
  recreatedShownAs: "both" | "upsert";
  /** A delta token from before a restore, ahead of the row versions of now: read like any other, or refused as expired. */
  tokenAheadOfVersions: "read" | "refuse";
  /** Whether `ne` in a filter also finds rows without a value. Open question. */
  neFindsNull: boolean;
  /** The same for `ne`, `not-in`, `not-like` and their kind in FetchXML. Open question. */
  fetchNegationsFindNull: boolean;
  /** Whether `Location` accompanies `OData-EntityId`. Documented inside batches only. */
  locationHeader: boolean;
  /** Whether an update without representation names its record in `OData-EntityId`: documented both ways. */
  entityIdOnUpdate: boolean;
  /** What `QualifyLead` lists: type and id of each record, whole records, or nothing. Open question. */
  qualifyLeadAnswer: "ids" | "records" | "nothing";
  /** A change set that failed: one part in its place, or that part inside a multipart of its own. Open question. */
  failedChangeSet: "part" | "multipart";
  /** Codes of errors: as they are, in capitals, or left empty with 404 and 412, as older versions do. */
  errorCodes: "plain" | "capitals" | "empty";
  /** Refuse read-only columns in the body of a write instead of ignoring them. */
  strictReadOnly: boolean;
  /** Line ends in text: kept as they were sent, or turned into CR LF, as has been seen. */
  lineEnds: "kept" | "crlf";
  /** For so long the metadata addresses go on to answer what they answered before a change; `Consistency: Strong` reads anew. */
  metadataStaleSeconds: number;
  /** Refuse `$batch` bodies whose lines end with LF only, as the real service does. */
  strictBatchLineEnds: boolean;
  /** Entities that do not offer CreateMultiple, UpdateMultiple and UpsertMultiple. */
  withoutMultiple: string[];
  /** What `x-ms-dop-hint` recommends; 0 leaves the header out, as on-premises does. */
  parallelismHint: number;
  /** Added to the `Date` header and to every server-side time, in milliseconds: a server whose clock is off. */
  clockSkew: number;
}

export function defaultSettings(): Settings {
  return {
    duplicateRules: [],
    duplicateStatus: 412,
    impersonation: true,
    pageLimit: 5000,
    largestBody: 128 * 1024 * 1024,
    pageOverlap: 0,
    emptyPageEvery: 0,
    expiredTokenStatus: 400,
    expiredTokenCode: true,
    malformedTokenStatus: 400,
    trackedLinks: "cookie",
    deletedIds: "bare",
    annotationsDropDeltaLink: false,
    recreatedShownAs: "both",
    tokenAheadOfVersions: "read",
    neFindsNull: false,
    fetchNegationsFindNull: true,
    locationHeader: true,
    entityIdOnUpdate: true,
    qualifyLeadAnswer: "ids",
    failedChangeSet: "part",
    errorCodes: "plain",
    strictReadOnly: false,
    lineEnds: "kept",
    metadataStaleSeconds: 0,
    strictBatchLineEnds: false,
    withoutMultiple: [],
    parallelismHint: 48,
    clockSkew: 0,
  };
}
