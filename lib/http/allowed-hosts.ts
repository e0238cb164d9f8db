/**
 * The names that this server answers to, against DNS rebinding: a page of another site points its own name at the server's
 * address, and the browser then takes the server for a part of that site. Such a request names that site in its Host header.
 */
import { isIP, isIPv6 } from "node:net";

/** RFC 9110, section 7.2: what a name or address may be made of, and a port. */
const HOST = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._~!$&'()*+,;=%-]+))(?::\d{0,5})?$/i;
/** RFC 6761: resolvers give these names to this machine itself. */
const LOOPBACK = ["localhost", "*.localhost"];

/** The name or address in a Host header without its port, lower case; null for what is no host. */
export function readHostName(host: string): string | null {
  const [, address, name] = HOST.exec(host) ?? [];
  if (address !== undefined) return isIPv6(address) ? address.toLowerCase() : null;
  return name === undefined ? null : name.toLowerCase().replace(/(.)\.$/, "$1");
}

export class AllowedHosts {
  readonly #patterns: readonly string[];

  /**
   * `configured` is `api.allowed_hosts`, `boundTo` is `api.host`, `machine` is this machine's name; all are in lower
   * case. `*.example.org` stands for every name below example.org, `*` for every name.
   */
  constructor(settings: { configured: readonly string[]; boundTo: string; machine: string }) {
    const { configured, boundTo, machine } = settings;
    this.#patterns = [...new Set([...LOOPBACK, boundTo, machine, ...configured])];
  }

  /** Addresses need no permission: a page that was loaded from one did not get there by a name. */
  allows(name: string): boolean {
    return isIP(name) !== 0 || this.#patterns.some((pattern) => fits(name, pattern));
  }

  /** The names that are more than loopback, to be shown at start. */
  names(): string[] {
    return this.#patterns.filter((name) => !LOOPBACK.includes(name) && isIP(name) === 0);
  }
}

function fits(name: string, pattern: string): boolean {
  if (pattern === "*") return true;
  return pattern.startsWith("*.") ? name.endsWith(pattern.slice(1)) : name === pattern;
}
