import { readFileSync } from "node:fs";

/** The bundle has the text; a checkout reads it from its package.json. */
declare const CLI_VERSION: string | undefined;

export const VERSION: string =
  typeof CLI_VERSION === "string"
    ? CLI_VERSION
    : JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;
