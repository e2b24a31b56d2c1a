/**
 * Where events may be delivered to: they hold personal data.
 */
import { SyncError } from "../../core/errors.ts";
import { checkedAddress, isLoopback } from "../http/address.ts";

/**
 * Reads the address of a webhook. When an admin has named hosts (`TANDEM_WEBHOOK_HOSTS`), no other may be one, and those
 * may be plain http too, as in a network of one's own; else https to anywhere, and http to this machine.
 * @throws SyncError `configuration_invalid`, `insecure_address`
 */
export function webhookAddress(text: string, hosts: readonly string[] | undefined): URL {
  const url = hosts === undefined ? checkedAddress(text, "address of the webhook") : named(text, hosts);
  url.hash = "";
  return url;
}

function named(text: string, hosts: readonly string[]): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const inTheOpen = url?.protocol === "http:" && hosts.includes(url.hostname) && url.username === "";
  const checked = inTheOpen ? url : checkedAddress(text, "address of the webhook");
  if (hosts.includes(checked.hostname) || isLoopback(checked)) return checked;
  throw new SyncError(
    "configuration_invalid",
    `TANDEM_WEBHOOK_HOSTS does not name ${checked.hostname}. Hosts that webhooks may be at: ${hosts.join(", ")}.`,
    { field: "TANDEM_WEBHOOK_HOSTS" },
  );
}
