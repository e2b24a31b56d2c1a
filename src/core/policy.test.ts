import { expect, test } from "vitest";
import { defaultWinner, isOptOut } from "./policy.ts";

test("marketing wins for leads, Dynamics for everything else, as the native sync decides", () => {
  expect(defaultWinner("lead")).toBe("marketing");
  expect(["contact", "account", "opportunity", "new_event"].map(defaultWinner)).toEqual(
    Array.from({ length: 4 }, () => "dynamics"),
  );
});

test("opt-outs are the fields in which a yes means that a person does not want something", () => {
  expect(["donotbulkemail", "donotphone", "donotsendmm", "msdyn_gdproptout"].every(isOptOut)).toBe(true);
  // A yes to `followemail` allows something, and `participatesinworkflow` is nobody's wish.
  expect(["followemail", "participatesinworkflow", "creditonhold"].some(isOptOut)).toBe(false);
});
