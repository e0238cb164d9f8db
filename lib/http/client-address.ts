/** Whose request it is, where proxies pass requests on: X-Forwarded-For is believed from these alone. */
import { BlockList, isIP } from "node:net";

export class ClientAddress {
  readonly #trusted = new BlockList();

  /** Addresses, each alone or with the length of its network's prefix. */
  constructor(trusted: readonly string[]) {
    for (const item of trusted) {
      const [address = "", prefix] = item.split("/");
      const family = isIP(address) === 6 ? "ipv6" : "ipv4";
      if (prefix === undefined) this.#trusted.addAddress(address, family);
      else this.#trusted.addSubnet(address, Number(prefix), family);
    }
  }

  isTrusted(address: string): boolean {
    const plain = withoutMapping(address);
    const family = isIP(plain);
    return family !== 0 && this.#trusted.check(plain, family === 6 ? "ipv6" : "ipv4");
  }

  /** The last hop that is no proxy of ours: those before it are what it says itself. */
  of(socket: string | undefined, forwardedFor: string | string[] | undefined): string | null {
    if (socket === undefined) return null;
    const hops = String(forwardedFor ?? "")
      .split(",")
      .map((hop) => hop.trim())
      .filter(Boolean);
    let client = withoutMapping(socket);
    while (this.isTrusted(client)) {
      const before = hops.pop();
      if (before === undefined || isIP(withoutMapping(before)) === 0) break;
      client = withoutMapping(before);
    }
    return client;
  }
}

/** A socket for both families says ::ffff:192.0.2.1. */
function withoutMapping(address: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice("::ffff:".length) : address;
}
