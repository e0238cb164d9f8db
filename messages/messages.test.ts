import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

type Tree = { [key: string]: string | Tree };
const root = join(import.meta.dirname, "..");

function load(locale: string): Map<string, string> {
  const flat = new Map<string, string>();
  const walk = (tree: Tree, prefix: string) => {
    for (const [key, value] of Object.entries(tree)) {
      if (typeof value === "string") flat.set(prefix + key, value);
      else walk(value, `${prefix}${key}.`);
    }
  };
  walk(JSON.parse(readFileSync(join(root, "messages", `${locale}.json`), "utf8")), "");
  return flat;
}

/** `{count, plural, one {# model} other {# models}}` -> count:plural; `<b>` -> <b>. */
function placeholders(message: string): string[] {
  const found = new Set<string>();
  for (const [, name, type] of message.matchAll(/\{\s*(\w+)\s*(?:,\s*(\w+))?[^{}]*/g)) {
    const isArgument = new RegExp(`\\{\\s*${name}\\s*[,}]`).test(message);
    if (isArgument && !isBranchText(message, name ?? "")) found.add(`${name}:${type ?? ""}`);
  }
  for (const [tag] of message.matchAll(/<\w+>/g)) found.add(tag);
  return [...found].sort();
}

/** In `one {model}` the braces hold a branch's text, not an argument. */
function isBranchText(message: string, word: string): boolean {
  return (
    new RegExp(`(?:zero|one|two|few|many|other|=\\d+)\\s*\\{\\s*${word}\\s*\\}`).test(message) &&
    !new RegExp(`\\{\\s*${word}\\s*,`).test(message)
  );
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
}

const en = load("en");
const pt = load("pt-BR");

describe("messages", () => {
  it("exist in both languages", () => {
    expect([...pt.keys()].sort()).toEqual([...en.keys()].sort());
  });

  it("take the same arguments in both languages", () => {
    for (const [key, message] of en) {
      expect(placeholders(pt.get(key) ?? ""), key).toEqual(placeholders(message));
    }
  });

  it("say something in both languages", () => {
    for (const messages of [en, pt]) {
      for (const [key, message] of messages) expect(message.trim(), key).not.toBe("");
    }
  });

  it("are used: each key's last part, or a computed key, is in the code of app or components", () => {
    const code = [...sources("app"), ...sources("components")].join("\n");
    const unused = [...en.keys()].filter((key) => {
      const last = key.split(".").at(-1) ?? "";
      const group = key.split(".").at(-2) ?? "";
      return !(
        new RegExp(`["'\`.]${last}["'\`]`).test(code) ||
        new RegExp(`["'\`.]${group}\\.\\$\\{`).test(code) ||
        new RegExp(`"(?:\\w+\\.)*${group}"`).test(code)
      );
    });
    expect(unused).toEqual([]);
  });
});
