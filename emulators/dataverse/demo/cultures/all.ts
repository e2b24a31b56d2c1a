import type { Culture } from "../culture.ts";
import { china, india, japan, korea, vietnam } from "./asian.ts";
import { czechia, greece, poland, turkey, ukraine } from "./eastern.ts";
import { ireland, nigeria, unitedKingdom, unitedStates } from "./english.ts";
import { denmark, germany, netherlands, sweden } from "./germanic.ts";
import { egypt, israel } from "./levant.ts";
import { brazil, france, italy, spain } from "./romance.ts";

/** Where the organization's customers live, and how many of them, in parts. */
export const CULTURES: readonly (readonly [weight: number, culture: Culture])[] = [
  [22, unitedStates],
  [12, unitedKingdom],
  [12, germany],
  [8, france],
  [5, spain],
  [5, india],
  [4, netherlands],
  [4, italy],
  [4, sweden],
  [4, poland],
  [3, brazil],
  [3, japan],
  [3, china],
  [2, ireland],
  [2, denmark],
  [2, czechia],
  [2, turkey],
  [2, greece],
  [2, korea],
  [2, vietnam],
  [2, nigeria],
  [1, ukraine],
  [1, egypt],
  [1, israel],
];
