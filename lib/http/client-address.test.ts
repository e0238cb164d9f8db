import { expect, it } from "vitest";
import { ClientAddress } from "./client-address.ts";

const nobody = new ClientAddress([]);
const proxies = new ClientAddress(["127.0.0.1", "10.0.0.0/8", "fd00::/8"]);

it("is the socket's where no proxy is trusted, whatever the client says", () => {
  expect(nobody.of("127.0.0.1", "6.6.6.6")).toBe("127.0.0.1");
  expect(nobody.of("::ffff:192.0.2.1", undefined)).toBe("192.0.2.1");
  expect(nobody.of(undefined, "6.6.6.6")).toBeNull();
});

it.each([
  ["127.0.0.1", "192.0.2.7", "192.0.2.7"],
  ["::ffff:10.1.2.3", "6.6.6.6, 192.0.2.7", "192.0.2.7"],
  ["127.0.0.1", "6.6.6.6, 192.0.2.7, 10.0.0.9", "192.0.2.7"],
  ["fd00::1", "2001:db8::5", "2001:db8::5"],
  ["127.0.0.1", "", "127.0.0.1"],
  ["127.0.0.1", "192.0.2.7, junk", "127.0.0.1"],
  ["192.0.2.9", "6.6.6.6", "192.0.2.9"],
])("of %s that forwards %j is %s", (socket, forwarded, client) => {
  expect(proxies.of(socket, forwarded)).toBe(client);
});
