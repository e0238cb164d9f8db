/**
 * Which addresses a request to a place that somebody has entered may go to: public ones, and those of networks that the
 * configuration allows. Everything else is refused: the server must not be a way into the network that it is in.
 */
import { BlockList, isIP } from "node:net";

/** IANA's special-purpose registry for IPv4, with multicast and the reserved block. */
const SPECIAL_V4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];
/** Global unicast is 2000::/3; these parts of it are not: protocol assignments (with Teredo), documentation, 6to4. */
const PUBLIC_V6 = "2000::/3";
const SPECIAL_V6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

const specialV4 = blockList(SPECIAL_V4);
const publicV6 = blockList([PUBLIC_V6]);
const specialV6 = blockList(SPECIAL_V6);

export type AddressPolicy = (address: string) => boolean;

/** `allowedNetworks`: addresses and networks, such as `10.0.0.0/8`. Gives whether an address may be connected to. */
export function addressPolicy(allowedNetworks: readonly string[]): AddressPolicy {
  const allowed = blockList(allowedNetworks);
  return (address) => {
    const plain = unmapped(address);
    const version = isIP(plain);
    if (version === 0) return false;
    const family = version === 4 ? "ipv4" : "ipv6";
    if (allowed.check(plain, family)) return true;
    if (version === 4) return !specialV4.check(plain, family);
    return publicV6.check(plain, family) && !specialV6.check(plain, family);
  };
}

/** `::ffff:127.0.0.1`, in whatever spelling, is the IPv4 address that the system connects to. */
function unmapped(address: string): string {
  if (isIP(address) !== 6) return address;
  const spelled = URL.parse(`http://[${address.split("%")[0]}]`)?.hostname.slice(1, -1) ?? "";
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(spelled) ?? [];
  if (high === undefined || low === undefined) return spelled;
  const bits = Number.parseInt(high, 16) * 0x10000 + Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join(".");
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix] = network.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}
