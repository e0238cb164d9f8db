import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { AddressPolicy } from "./address-policy.ts";
import { OutgoingError } from "./outgoing-error.ts";

export type Resolve = (name: string) => Promise<readonly string[]>;

const byTheSystem: Resolve = async (name) =>
  (await lookup(name, { all: true })).map(({ address }) => address);

/**
 * The addresses of a URL's host that may be connected to. The connection is made to one of these and to nothing else, so that a name
 * that resolves to another address a moment later changes nothing. Throws OutgoingError when there is none.
 */
export async function resolveAddress(
  url: URL,
  mayReach: AddressPolicy,
  resolve: Resolve = byTheSystem,
): Promise<string[]> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const addresses = isIP(host) > 0 ? [host] : await named(host, resolve);
  const allowed = addresses.filter(mayReach);
  if (allowed.length > 0) return allowed;
  throw new OutgoingError(
    "address_refused",
    `${host} is not a public address. An operator can allow its network by webhooks.allowed_networks.`,
  );
}

async function named(host: string, resolve: Resolve): Promise<readonly string[]> {
  try {
    return await resolve(host);
  } catch (cause) {
    throw new OutgoingError("name_unknown", `The name ${host} cannot be resolved.`, { cause });
  }
}
