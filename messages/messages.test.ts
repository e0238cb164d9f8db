import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { checkMessages, type Messages } from "../tests/support/messages/check-messages.ts";
import { SourceTree } from "../tests/support/messages/source-tree.ts";

const NO_CODE = /\.test\.tsx?$|\.d\.ts$|^lib\/db\/generated\//;
const sources = globSync("{app,components,lib}/**/*.{ts,tsx}").filter(
  (path) => !NO_CODE.test(path),
);
const tree = new SourceTree(new Map(sources.map((path) => [path, readFileSync(path, "utf8")])));

/** A fresh copy of every language; English is first, as the others are compared with it. */
function languages(): Map<string, Messages> {
  const others = globSync("messages/*.json").filter((path) => basename(path) !== "en.json");
  return new Map(
    ["messages/en.json", ...others].map((path) => [
      basename(path, ".json"),
      JSON.parse(readFileSync(path, "utf8")),
    ]),
  );
}

/** The problems after a change of one language's `models` messages. */
function checkAfter(locale: string, change: (models: Messages) => void): string[] {
  const changed = languages();
  change(changed.get(locale)?.models as Messages);
  return checkMessages(changed, tree);
}

describe("messages", () => {
  it("are all used, complete in every language, and given their arguments", () => {
    expect(languages().size).toBeGreaterThan(1);
    expect(checkMessages(languages(), tree)).toEqual([]);
  });
});

describe("the check reports, in a copy of these messages,", () => {
  const plant = (models: Messages) => Object.assign(models, { planted: "Planted" });
  const drop = (models: Messages) => delete models.perPage;

  it("a key that nothing uses", () => {
    expect(checkAfter("en", plant)).toContain("models.planted is not used");
  });
  it("a key that only a translation has", () => {
    expect(checkAfter("pt-BR", plant)).toEqual(["models.planted is in pt-BR only"]);
  });
  it("a key that is used and missing", () => {
    expect(checkAfter("en", drop)).toContainEqual(
      expect.stringMatching(/list-choices\.tsx: en has no message models\.perPage$/),
    );
  });
  it("a key that a translation lacks", () => {
    expect(checkAfter("pt-BR", drop)).toEqual(["models.perPage is not in pt-BR"]);
  });
  it("an argument that a translation lacks", () => {
    expect(
      checkAfter("pt-BR", (models) => Object.assign(models, { perPage: "por página" })),
    ).toEqual(["models.perPage takes count (value) in en, nothing in pt-BR"]);
  });
  it("an argument that a call lacks", () => {
    expect(
      checkAfter("en", (models) => Object.assign(models, { perPage: "{count} on {page}" })),
    ).toContainEqual(expect.stringMatching(/models\.perPage is not given its argument page$/));
  });
});
