/** The pitfalls of the Web API that are worth a test each, by number and in words. */
export const PITFALLS = {
  1: "an upsert by alternate key returns no id",
  2: "a PATCH without If-Match silently creates",
  3: "a value of an alternate key cannot hold certain characters",
  4: "the delta link stands on the last page only, and is lost to annotations by an old bug",
  5: "after seven days a full read is due, with deletes found by difference",
  6: "a delete for an id nobody saw; deleted and created again with the same id",
  7: "a merged subordinate is an update",
  8: "deleting an account takes its contacts along",
  9: "state and status go in pairs, and a state has a default status",
  10: "polymorphic navigation names, with their case",
  11: "money shows four decimals and drags its currency along; base amounts follow the rate",
  12: "fullname is computed",
  13: "empty text becomes null",
  14: "blanks at the end go, line ends may change",
  15: "dates without time are another type; times are kept to the second",
  16: "a count never exceeds 5,000",
  17: "$top is ignored with a page size",
  18: "the code of a duplicate decides, not its status",
  19: "a header number with a thousands separator",
  20: "a batch stops at its first error but keeps what came before",
  21: "CreateMultiple is all or nothing",
  22: "429 for a part of a batch as well as for the whole",
  23: "own writes and cascades come back",
  24: "an owner who is disabled or may not read",
  25: "users and teams are keyed by ownerid",
  26: "a delta needs the privilege for the whole organization",
  27: "annotations and expansions disable 304",
  28: "the version number of a row is its etag",
  29: "etags are not to be compared for order",
  30: "metadata is stale for a while after a change",
} as const;

/** How the test of a pitfall is called. */
export function pitfall(number: keyof typeof PITFALLS): string {
  return `${number}. ${PITFALLS[number]}`;
}
