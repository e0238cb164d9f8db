import type { Ctx } from "#lib/context.ts";
import { RegistryError } from "#lib/errors.ts";
import { type AddressPolicy, addressPolicy } from "#lib/outgoing/address-policy.ts";
import { OutgoingError } from "#lib/outgoing/outgoing-error.ts";
import { parseOutgoingUrl } from "#lib/outgoing/parse-outgoing-url.ts";
import { resolveAddress } from "#lib/outgoing/resolve-address.ts";

/** Public addresses, those that any request may go to, and the servers that an operator has named. */
export function theirAddressPolicy({ config }: Pick<Ctx, "config">, uri: string): AddressPolicy {
  const { origin } = parseOutgoingUrl(uri);
  if (config.integrations.mlflowServers.includes(origin)) return () => true;
  return addressPolicy(config.webhooks.allowedNetworks);
}

/** The same text for the same address: what is known of a server is found by it. */
const plain = (url: URL) => url.href.replace(/\/+$/, "");

/**
 * Refuses what could never be reached while somebody looks at the form; each request is checked again. Gives the address as it
 * is kept. Throws `invalid_request`.
 */
export async function checkTrackingUri(ctx: Pick<Ctx, "config">, text: string): Promise<string> {
  try {
    const url = parseOutgoingUrl(text);
    await resolveAddress(url, theirAddressPolicy(ctx, text));
    return plain(url);
  } catch (error) {
    if (!(error instanceof OutgoingError)) throw error;
    if (error.problem === "name_unknown") return plain(parseOutgoingUrl(text));
    const detail =
      error.problem === "address_refused"
        ? `${error.message} Or name the server in integrations.mlflow_servers.`
        : error.message;
    throw new RegistryError("invalid_request", detail, {
      problems: [{ pointer: "/tracking_uri", detail }],
    });
  }
}
