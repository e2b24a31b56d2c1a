import { describe, expect, it } from "vitest";
import { testClient } from "./test-client.ts";

describe("computed columns", () => {
  it("put addresses together, line by line, and follow their parts", async () => {
    const client = await testClient();
    const { store } = client.emulator;
    const id = store.create("contact", {
      lastname: "Lee",
      address1_line1: '12 "Old" Rd',
      address1_line3: "Floor 3",
      address1_city: "Redmond",
      address1_stateorprovince: "WA",
      address1_postalcode: "98052",
      address1_country: "USA",
      address2_city: "Ås",
    });
    const read = async () =>
      (await client.get(`contacts(${id})?$select=address1_composite,address2_composite,address3_composite`))
        .json;
    expect(await read()).toMatchObject({
      address1_composite: '12 "Old" Rd\r\nFloor 3\r\nRedmond, WA 98052\r\nUSA',
      address2_composite: "Ås",
      address3_composite: null,
    });
    const body = {
      address1_line3: null,
      address1_city: null,
      address2_city: null,
      address1_composite: "ignored",
    };
    await client.send("PATCH", `contacts(${id})`, { body });
    expect(await read()).toMatchObject({
      address1_composite: '12 "Old" Rd\r\nWA 98052\r\nUSA',
      address2_composite: null,
    });
  });

  it("are made for rows that are inserted as well", async () => {
    const client = await testClient();
    client.emulator.store.insertMany("lead", [
      { lastname: "Lee", firstname: "Ann", address1_country: "USA" },
    ]);
    const { json } = await client.get("leads?$select=fullname,address1_composite");
    expect(json["value"]).toMatchObject([{ fullname: "Ann Lee", address1_composite: "USA" }]);
  });
});
