/**
 * Where an organization lives, and which links are its own. The token goes nowhere else.
 */
import { checkedAddress } from "../http/address.ts";

export interface AddressOptions {
  /** `https://yourorg.crm.dynamics.com`, or on-premises with the organization in the path: `https://host/YourOrg`. */
  readonly url: string;
  /** Default `v9.2`; on-premises knows at most `v9.1`. */
  readonly apiVersion?: string;
  /** Default `/api/data`. */
  readonly apiPath?: string;
  /** Other origins the same organization answers under, such as `https://crm.internal:8443`. */
  readonly aliases?: readonly string[];
}

export interface OrganizationAddress {
  /** What the token is for: `https://yourorg.crm.dynamics.com`. */
  readonly resource: string;
  /** Begins every path: `https://yourorg.crm.dynamics.com/api/data/v9.2`. No slash at the end. */
  readonly base: string;
  readonly host: string;
  /** True when a link of the service may be followed with our token. */
  readonly owns: (link: string) => boolean;
}

/** @throws SyncError `configuration_invalid`, `insecure_address` */
export function organizationAddress(options: AddressOptions): OrganizationAddress {
  const url = checkedAddress(options.url, "address");
  const resource = `${url.origin}${url.pathname}`.replace(/\/+$/u, "");
  const origins = [url, ...(options.aliases ?? []).map((alias) => checkedAddress(alias, "alias"))];
  const own = new Set(origins.map(canonicalOrigin));
  return {
    resource,
    base: `${resource}${options.apiPath ?? "/api/data"}/${options.apiVersion ?? "v9.2"}`,
    host: url.host,
    owns: (link) => {
      if (!URL.canParse(link)) return false;
      const { username, password } = new URL(link);
      return username === "" && password === "" && own.has(canonicalOrigin(new URL(link)));
    },
  };
}

const DYNAMICS_DOMAINS =
  /^([a-z0-9-]+)\.api\.(crm[a-z0-9]*\.(?:dynamics\.com|dynamics\.cn|appsplatform\.us|microsoftdynamics\.(?:us|de)))$/u;

/** The same organization answers as `org.crm.dynamics.com` and `org.api.crm.dynamics.com`. */
function canonicalOrigin({ protocol, hostname, port }: URL): string {
  const host = hostname.replace(DYNAMICS_DOMAINS, "$1.$2");
  return `${protocol}//${host}:${port}`;
}
