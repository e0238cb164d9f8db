import { describe, expect, it } from "vitest";
import { blobHref, parseDigest } from "./paths.ts";

const HEX = "0123456789abcdef".repeat(4);

describe("parseDigest", () => {
  it.each([HEX, `sha256:${HEX}`, ` ${HEX.toUpperCase()}\n`, `SHA256:${HEX}`])(
    "reads %j as a digest",
    (text) => {
      expect(parseDigest(text)).toBe(`sha256:${HEX}`);
    },
  );
  it.each(["", "sha256:", HEX.slice(1), `${HEX}0`, `md5:${HEX}`, `../${HEX}`, `${HEX}/..`])(
    "refuses %j",
    (text) => {
      expect(parseDigest(text)).toBeNull();
    },
  );
});

it("a blob's address is a path of its own", () => {
  expect(blobHref(`sha256:${HEX}`)).toBe(`/storage/blobs/sha256:${HEX}`);
});
