import { badQuery } from "./errors.ts";
import { wantsAnnotation } from "./message.ts";
import type { WebCall } from "./web-call.ts";

/** `@odata.count` and `/$count` never say more than this. */
export const COUNT_CAP = 5000;

/** Whether the URL asks for the number of all rows. */
export function asksForCount({ query }: WebCall): boolean {
  const asked = query.options.get("$count");
  if (asked !== undefined && asked !== "true" && asked !== "false")
    throw badQuery(`'${asked}' is no value for $count.`);
  return asked === "true";
}

/**
 * The members that tell how many rows there are, as far as they are asked for, each with a comma behind it.
 * @param count counts rows, but no more than it is given
 */
export function countMembers(call: WebCall, asked: boolean, count: (cap: number) => number): string {
  const annotated = wantsAnnotation(call.prefer.annotations, "Microsoft.Dynamics.CRM.totalrecordcount");
  if (!asked && !annotated) return "";
  const total = asked ? count(COUNT_CAP + 1) : -1;
  const shown = Math.min(total, COUNT_CAP);
  const members = asked ? `"@odata.count":${shown},` : "";
  if (!annotated) return members;
  return `${members}"@Microsoft.Dynamics.CRM.totalrecordcount":${shown},"@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded":${total > COUNT_CAP},`;
}
