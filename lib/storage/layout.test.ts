import { describe, expect, it } from "vitest";
import * as layout from "./layout.ts";

const HEX = `ab12${"0".repeat(60)}`;

describe("layout", () => {
  it("puts a blob two folders deep by its digest", () => {
    expect(layout.blobKey(HEX)).toBe(`blobs/sha256/ab/12/${HEX}`);
    expect(layout.compressedBlobKey(HEX)).toBe(`blobs/sha256/ab/12/${HEX}.mrz`);
    expect(layout.parseBlobKey(layout.blobKey(HEX))).toEqual({ sha256: HEX, encoding: "raw" });
    expect(layout.parseBlobKey(layout.compressedBlobKey(HEX))).toEqual({
      sha256: HEX,
      encoding: "mrz",
    });
  });

  it("refuses what is not a digest", () => {
    for (const wrong of ["", "ab", HEX.toUpperCase(), `${HEX}0`, `../${HEX}`])
      expect(() => layout.blobKey(wrong)).toThrow(TypeError);
    expect(layout.parseBlobKey(`blobs/sha256/ff/12/${HEX}`)).toBeNull();
    expect(layout.parseBlobKey(`blobs/sha256/ab/12/${HEX}.zip`)).toBeNull();
    expect(layout.parseBlobKey("metadata/m/1.0.0.json")).toBeNull();
  });

  it("keeps manifests apart whose versions differ by case only", () => {
    expect(layout.manifestKey("Model", "1.0.0-RC+B")).toBe("metadata/model/1.0.0-_r_c+_b.json");
    expect(layout.manifestKey("m", "1.0.0-rc")).not.toBe(layout.manifestKey("m", "1.0.0-RC"));
  });

  it("refuses models and versions that would leave their folder", () => {
    for (const model of ["..", "a/b", "", ".a", "a\0"])
      expect(() => layout.manifestKey(model, "1.0.0")).toThrow(TypeError);
    for (const version of ["..", "1.0.0/x", "", "latest", "1\\0"])
      expect(() => layout.manifestKey("m", version)).toThrow(TypeError);
  });
});
