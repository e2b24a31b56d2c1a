import { expect, test } from "vitest";
import { wantedEntities } from "./entity-wish.ts";

test("what is named is wanted, unless somebody switched it off since; what was switched on comes after", () => {
  const wishes = new Map([
    ["new_topic", true],
    ["new_room", false],
    ["contact", true],
  ]);
  expect(wantedEntities(["contact", "new_room"], wishes)).toEqual(["contact", "new_topic"]);
  expect(wantedEntities(["contact"], new Map())).toEqual(["contact"]);
});
