import { expect, test } from "vitest";
import { openScene, people, signInTo } from "./scene.ts";

test("another way of signing in goes on where the first one stood", async () => {
  const scene = await openScene();
  await scene.sync();
  const { emulator } = scene;
  const [changed = ""] = emulator.store.ids("contact");
  emulator.store.update("contact", changed, { firstname: "Later" });
  const { kind: _, ...secret } = signInTo(emulator);
  const { username, password } = emulator.authority.credentials;
  scene.requests.length = 0;

  await scene.restart({ ...secret, kind: "password", username, password });
  await scene.sync();

  const { dynamics, marketing } = await people(scene, "contact");
  expect(marketing).toEqual(dynamics);
  const reads = scene.requests.filter((path) => path.includes("/contacts?") && !path.endsWith("=contactid"));
  expect(reads.length).toBeGreaterThan(0);
  expect(reads.filter((path) => !path.includes("$deltatoken"))).toEqual([]);
  await scene.close();
});
