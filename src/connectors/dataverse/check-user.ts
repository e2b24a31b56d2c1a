/**
 * The lines about who we are to the organization, and which organization it is.
 */
import * as z from "zod";

import type { CheckLine } from "../../core/ports.ts";
import type { Subject } from "./check-line.ts";
import { green, red, redFault, yellow } from "./check-line.ts";
import type { DataverseClient } from "./client.ts";
import { reader, readWhoAmI } from "./metadata.ts";
import { readCollection } from "./records.ts";
import { PLATFORM, Refusal } from "./refusal.ts";

export const API_VERSION: Subject = { id: "api-version", title: "Web API version" };
export const USER: Subject = { id: "application-user", title: "Application user" };

const readVersion = reader(z.object({ Version: z.string() }), "a version");
const readUser = reader(
  z.object({ fullname: z.string().nullish(), isdisabled: z.boolean().nullish() }),
  "a user",
);

/** Version 9.0 brought what Tandem reads with; the organization may also offer less than the address asks for. */
export async function checkVersion(client: DataverseClient, signal: AbortSignal): Promise<CheckLine> {
  try {
    const { body } = await client.get("RetrieveVersion()", { read: readVersion }, signal);
    return versionLine(body.Version, offered(client));
  } catch (error) {
    return versionFault(error, client);
  }
}

function versionLine(version: string, asked: string): CheckLine {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < 9) {
    const remedy = "Tandem needs Dynamics 365 version 9 or newer.";
    return red(API_VERSION, `The organization runs version ${version}.`, remedy);
  }
  const old = major === 9 && minor < 2 ? " It gives no hints on load and takes no bulk writes." : "";
  return green(API_VERSION, `The organization runs version ${version} and offers ${asked}.${old}`);
}

function versionFault(error: unknown, client: DataverseClient): CheckLine {
  if (!(error instanceof Refusal) || error.code === "throttled") return redFault(API_VERSION, error);
  if (error.platformCode === PLATFORM.segmentMissing) {
    return green(
      API_VERSION,
      `The organization offers ${offered(client)}; it does not tell its exact version.`,
    );
  }
  if (error.code === "entity_missing") {
    return red(
      API_VERSION,
      `The organization does not offer the Web API under ${client.address.base}.`,
      "On-premises offers at most v9.1 and has the organization's name in the path. Correct the address or the API version.",
    );
  }
  return yellow(API_VERSION, "The version could not be read.", "The next line says why.");
}

function offered({ address }: DataverseClient): string {
  return address.base.split("/").at(-1) ?? "";
}

export async function checkUser(client: DataverseClient, signal: AbortSignal): Promise<CheckLine> {
  try {
    const { body: me } = await client.get("WhoAmI", { read: readWhoAmI }, signal);
    return await describeUser(client, me.UserId, signal);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "permission_missing") return redFault(USER, error);
    if (error.platformCode === PLATFORM.noRole) return withoutRole(error.message);
    return green(
      USER,
      "The sign-in is a user here. Its name may not be read; the lines below test its access.",
    );
  }
}

async function describeUser(client: DataverseClient, id: string, signal: AbortSignal): Promise<CheckLine> {
  const user = `systemusers(${id})`;
  const ask = { read: readUser, entity: "systemuser" };
  const { body } = await client.get(`${user}?$select=fullname,isdisabled`, ask, signal);
  const name = body.fullname ?? id;
  if (body.isdisabled === true) {
    return red(
      USER,
      `${name} is disabled.`,
      "Enable the application user in the Power Platform admin center.",
    );
  }
  const roles = await rolesOf(client, user, signal);
  if (roles === null)
    return green(USER, `Signed in as ${name}. Its roles may not be read; the lines below test them.`);
  if (roles.length > 0) return green(USER, `Signed in as ${name}, with ${roles.join(", ")}.`);
  return yellow(
    USER,
    `Signed in as ${name}, which has no security role of its own.`,
    "If the lines below are green, its teams give it what it needs. Else give the application user a security role.",
  );
}

/** Null when the organization does not let them be read: nice to know, needed for nothing. */
async function rolesOf(client: DataverseClient, user: string, signal: AbortSignal): Promise<string[] | null> {
  try {
    const path = `${user}/systemuserroles_association?$select=name`;
    const { body } = await client.get(path, { read: readCollection, entity: "role" }, signal);
    return (body.value as { readonly name?: unknown }[]).map(({ name }) => String(name));
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

function withoutRole(found: string): CheckLine {
  return red(
    USER,
    found,
    "Give the application user a security role that may read the entities below, in the Power Platform admin center.",
  );
}
