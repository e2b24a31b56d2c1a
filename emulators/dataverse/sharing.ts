import type { PrivilegeType } from "./access.ts";
import { ActionBody, entityReference } from "./action-body.ts";
import { badPayload, invalidArgument } from "./errors.ts";
import { RIGHTS } from "./functions.ts";
import { isObject } from "./json-body.ts";
import type { Answer } from "./message.ts";
import { emptyAnswer } from "./message.ts";
import type { Lookup } from "./record.ts";
import type { WebCall } from "./web-call.ts";

/** Answers `GrantAccess`: adds rights on one record to what a user has. */
export function grantAccess(call: WebCall): Answer {
  const { target, principal, rights } = granted(call, "GrantAccess");
  call.access.share(principal, target, new Set([...call.access.shared(principal, target), ...rights]));
  return emptyAnswer();
}

/** Answers `ModifyAccess`: replaces the rights that were granted. */
export function modifyAccess(call: WebCall): Answer {
  const { target, principal, rights } = granted(call, "ModifyAccess");
  call.access.share(principal, target, new Set(rights));
  return emptyAnswer();
}

/** Answers `RevokeAccess`: takes all granted rights on one record away. */
export function revokeAccess(call: WebCall): Answer {
  const body = new ActionBody(call, "RevokeAccess");
  call.access.share(body.record("Revokee").id, targetOf(body), new Set());
  return emptyAnswer();
}

interface Granted {
  readonly target: Lookup;
  readonly principal: string;
  readonly rights: readonly PrivilegeType[];
}

function granted(call: WebCall, action: string): Granted {
  const body = new ActionBody(call, action);
  const { AccessMask: mask, Principal: principal } = body.object("PrincipalAccess");
  const wrong = () =>
    badPayload(action, "Microsoft.OData.ODataException: The parameter 'PrincipalAccess' is not complete.");
  if (typeof mask !== "string" || !isObject(principal)) throw wrong();
  const { id } = entityReference(call, principal, wrong);
  return { target: targetOf(body), principal: id, rights: mask.split(",").map(rightOf) };
}

function targetOf(body: ActionBody): Lookup {
  const { table, id } = body.record("Target");
  return { entity: table.entity.logicalName, id };
}

function rightOf(text: string): PrivilegeType {
  const right = RIGHTS.find((candidate) => `${candidate}Access` === text.trim());
  if (right === undefined) throw invalidArgument(`'${text.trim()}' is no access right.`);
  return right;
}
