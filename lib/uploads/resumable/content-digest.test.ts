import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ContentDigest } from "./content-digest.ts";

const bytes = Buffer.from('{"hello": "world"}\n');
const base64 = (algorithm: string) => createHash(algorithm).update(bytes).digest("base64");
const SHA256 = `sha-256=:${base64("sha256")}:`;
const SHA512 = `sha-512=:${base64("sha512")}:`;

function verify(header: string | null, content: Uint8Array = bytes): void {
  const digest = new ContentDigest(header);
  digest.update(content.subarray(0, 5));
  digest.update(content.subarray(5));
  digest.verify();
}

describe("ContentDigest", () => {
  it("knows the examples of RFC 9530, appendix B.1", () => {
    verify("sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:");
  });

  it("takes either algorithm, both, parameters, and spaces", () => {
    for (const header of [SHA256, SHA512, `${SHA256}, ${SHA512}`, ` ${SHA512} ,${SHA256};a=1 `])
      expect(() => verify(header)).not.toThrow();
  });

  it("compares nothing without a header, and ignores algorithms that it does not trust", () => {
    for (const header of [null, "md5=:YWJj:", `md5=:YWJj:, ${SHA256}, unixsum=:AAA=:`])
      expect(() => verify(header)).not.toThrow();
  });

  it("refuses when one of two does not match", () => {
    const other = Buffer.from('{"hello": "w0rld"}\n');
    for (const header of [SHA256, SHA512, `${SHA256}, ${SHA512}`])
      expect(() => verify(header, other)).toThrow(/digest_mismatch/);
  });

  it.each([
    "",
    ",",
    "sha-256",
    "sha-256=",
    "sha-256=::",
    "sha-256=:YWJj:",
    "sha-256=RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=",
    "SHA-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:",
    "__proto__=:YWJj",
    `${SHA256},`,
    `${SHA256}\u0000`,
    `sha-256=:${"A".repeat(2000)}:`,
  ])("refuses %j, which is no such header", (header) => {
    expect(() => verify(header)).toThrow(/invalid_request/);
  });

  it("takes no property of objects for an algorithm", () => {
    expect(() => verify("constructor=:YWJj:, tostring=:YWJj:")).not.toThrow();
  });
});
