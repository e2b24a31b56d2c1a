import type { Scene } from "./scene.ts";
import { ORIGIN } from "./scene.ts";

const API = `${ORIGIN}/api/data/v9.2`;

/** Calls an action of the emulated organization over its Web API, as the application user. */
export async function act({ emulator }: Scene, path: string, body: object): Promise<void> {
  const { tenantId, clientId, clientSecret } = emulator.authority.credentials;
  const form = new URLSearchParams({
    client_id: clientId,
    client_secret: clientSecret,
    grant_type: "client_credentials",
    scope: `${ORIGIN}/.default`,
  });
  const signIn = new Request(`${ORIGIN}/${tenantId}/oauth2/v2.0/token`, {
    method: "POST",
    body: form.toString(),
  });
  const { access_token: token } = (await (await emulator.fetch(signIn)).json()) as { access_token: string };
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await emulator.fetch(
    new Request(`${API}/${path}`, { method: "POST", headers, body: JSON.stringify(body) }),
  );
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
}

/** Qualifies a lead as the button in Dynamics does. */
export function qualifyLead(scene: Scene, lead: string, made: { readonly account: boolean }): Promise<void> {
  return act(scene, `leads(${lead})/Microsoft.Dynamics.CRM.QualifyLead`, {
    CreateAccount: made.account,
    CreateContact: true,
    CreateOpportunity: true,
    Status: 3,
  });
}

export interface MergedRecords {
  readonly winner: string;
  readonly loser: string;
  /** Values the winner takes, as whoever merges has chosen. */
  readonly content?: object;
}

/** Merges two records as the dialog in Dynamics does. */
export function mergeRecords(
  scene: Scene,
  entity: "contact" | "lead",
  { winner, loser, content = {} }: MergedRecords,
): Promise<void> {
  const type = { "@odata.type": `Microsoft.Dynamics.CRM.${entity}` };
  return act(scene, "Merge", {
    Target: { ...type, [`${entity}id`]: winner },
    Subordinate: { ...type, [`${entity}id`]: loser },
    UpdateContent: { ...type, ...content },
    PerformParentingChecks: false,
  });
}
