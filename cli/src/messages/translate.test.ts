import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { chooseLanguage, TEXTS, translator } from "./translate.ts";

const source = globSync("**/*.ts", { cwd: join(import.meta.dirname, "..") })
  .filter((path) => !path.endsWith(".test.ts"))
  .map((path) => readFileSync(join(import.meta.dirname, "..", path), "utf8"))
  .join("\n");
const values = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

describe("the texts", () => {
  it("are the same in all languages, with the same values", () => {
    const { en, ...others } = TEXTS;
    for (const texts of Object.values(others)) {
      expect(Object.keys(texts)).toEqual(Object.keys(en));
      for (const [key, text] of Object.entries(texts))
        expect(values(text), key).toEqual(values(en[key as keyof typeof en]));
    }
  });

  it("are all used", () => {
    // `verdict.${verdict}` uses all keys that begin so.
    const families = [...source.matchAll(/`([\w.-]+\.)\$\{/g)].map(([, prefix = ""]) => prefix);
    const unused = Object.keys(TEXTS.en).filter(
      (key) => !source.includes(`"${key}"`) && !families.some((prefix) => key.startsWith(prefix)),
    );
    expect(unused).toEqual([]);
  });

  it("take their values, also those that look like patterns", () => {
    expect(translator("en")("local.missing", { path: "$& {why}" })).toBe(
      "There is no file or folder $& {why}.",
    );
  });
});

describe("the language", () => {
  it.each([
    [undefined, {}, "en"],
    [undefined, { LANG: "pt_BR.UTF-8" }, "pt-BR"],
    [undefined, { LC_ALL: "C", LANG: "pt_BR.UTF-8" }, "en"],
    [undefined, { LC_ALL: "", LC_MESSAGES: "pt", LANG: "en" }, "pt-BR"],
    ["en", { LC_ALL: "pt_BR" }, "en"],
    ["pt-BR", {}, "pt-BR"],
    [undefined, { LANG: "ptx" }, "en"],
  ] as const)("for --lang %j and %j is %s", (wanted, env, language) => {
    expect(chooseLanguage(wanted, env)).toBe(language);
  });
});
