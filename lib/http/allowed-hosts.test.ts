import { describe, expect, it } from "vitest";
import { AllowedHosts, readHostName } from "./allowed-hosts.ts";

describe("readHostName", () => {
  it.each([
    ["localhost", "localhost"],
    ["LocalHost:8080", "localhost"],
    ["localhost.", "localhost"],
    ["a_b.example:", "a_b.example"],
    ["127.0.0.1:80", "127.0.0.1"],
    ["[::1]:8080", "::1"],
    ["[FE80::1]", "fe80::1"],
  ])("reads %s", (host, name) => {
    expect(readHostName(host)).toBe(name);
  });

  it.each([
    "",
    ":80",
    "a b",
    "a/b",
    "user@a",
    "a:b",
    "a:80:80",
    "a:123456",
    "[::1",
    "::1",
    "[a.example]",
    "[::1]x",
    "a\\b",
    "http://a",
    "é",
    "a,b c",
  ])("finds no host in %j", (host) => {
    expect(readHostName(host)).toBeNull();
  });
});

describe("AllowedHosts", () => {
  const hosts = new AllowedHosts({
    configured: ["models.example.org", "*.lan"],
    boundTo: "0.0.0.0",
    machine: "box",
  });

  it.each(["localhost", "registry.localhost", "127.0.0.1", "::1", "10.1.2.3", "fe80::1"])(
    "takes the loopback names and every address: %s",
    (name) => {
      expect(hosts.allows(name)).toBe(true);
    },
  );

  it.each(["box", "models.example.org", "a.lan", "a.b.lan"])("takes its own name %s", (name) => {
    expect(hosts.allows(name)).toBe(true);
  });

  it.each([
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "xlocalhost",
    "models.example.org.evil.example",
    "x.models.example.org",
    "lan",
    "xlan",
    "box.evil.example",
    "0x7f.1",
    "*",
  ])("does not take %s", (name) => {
    expect(hosts.allows(name)).toBe(false);
  });

  it("takes the name it is bound to, and every name with *", () => {
    const bound = new AllowedHosts({ configured: [], boundTo: "a.example", machine: "box" });
    expect(bound.allows("a.example")).toBe(true);
    const open = new AllowedHosts({ configured: ["*"], boundTo: "::", machine: "box" });
    expect(open.allows("evil.example")).toBe(true);
  });

  it("shows the names that are not loopback", () => {
    expect(hosts.names()).toEqual(["box", "models.example.org", "*.lan"]);
  });
});
