import { Client } from "pg";
import { expect, test } from "vitest";
import { connectionStringFor } from "./address.ts";
import { fitsSocket } from "./socket.ts";

test.for(["/srv/data/postgres", "/srv/50% & more?/a=b#c/postgres", "/srv/Données de vente (2)/postgres"])(
  "node-postgres reads the socket's directory %s back",
  (host) => {
    const client = new Client({ connectionString: connectionStringFor({ host, port: 5432 }) });

    expect(client).toMatchObject({ host, port: 5432, user: "tandem", database: "tandem", ssl: false });
  },
);

test("a password of any characters gets through", () => {
  const password = "p@ss/w:rd%?";
  const client = new Client({
    connectionString: connectionStringFor({ host: "127.0.0.1", port: 23_456, password }),
  });

  expect(client).toMatchObject({ host: "127.0.0.1", port: 23_456, password });
});

test("a directory takes a socket up to the system's limit of bytes, and without a comma", () => {
  const limit = (process.platform === "linux" ? 107 : 103) - "/.s.PGSQL.5432".length;

  expect(fitsSocket(`/${"x".repeat(limit - 1)}`)).toBe(true);
  expect(fitsSocket(`/${"x".repeat(limit)}`)).toBe(false);
  expect(fitsSocket(`/${"é".repeat(Math.ceil(limit / 2))}`)).toBe(false);
  expect(fitsSocket("/srv/a,b")).toBe(false);
});
