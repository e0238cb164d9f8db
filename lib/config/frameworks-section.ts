/** `frameworks`: which versions of each framework models may be written by. */
import { z } from "zod";
import { FRAMEWORKS } from "#lib/wire/frameworks.ts";
import { parseVersionRange } from "#lib/wire/version-range.ts";
import { flag, leaf, readList } from "./values.ts";

export function frameworksSection() {
  return z.strictObject(
    Object.fromEntries(
      FRAMEWORKS.map((name) => [
        name,
        z
          .strictObject({
            supported_versions: versionList().default([]),
            enforce: flag().default(false),
          })
          .optional(),
      ]),
    ),
  );
}

function versionList() {
  return leaf('must be a list of versions, such as ["1.9+", ">=2.0,<3", "2.1"]', (value) => {
    // A comma in a text of the environment stands between two ranges, unless a bound follows it: `2.0+, >=1.9,<1.13`.
    const list =
      typeof value === "string"
        ? value.split(/,(?!\s*<)/).map((item) => item.trim())
        : readList(value);
    const ranges = list?.filter((item) => item !== "");
    return ranges?.every((item) => parseVersionRange(item) !== null) ? ranges : undefined;
  });
}
