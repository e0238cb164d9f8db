import { describe, expect, it } from "vitest";
import { checkMessages, type Messages } from "./check-messages.ts";
import { SourceTree } from "./source-tree.ts";

/** What the checker says of one module, `components/a.tsx`, and English messages. */
function check(code: string, en: Messages, other: Messages = en, more: [string, string][] = []) {
  const languages = new Map([
    ["en", en],
    ["pt", other],
  ]);
  return checkMessages(languages, new SourceTree(new Map([["components/a.tsx", code], ...more])));
}
const T = 'const t = useTranslations("page");';

describe("the check of messages", () => {
  it("accepts messages that are used with their arguments", () => {
    const code = `export function A() { ${T} return <p title={t("title")}>{t("count", { n: 1 })}</p>; }`;
    expect(check(code, { page: { title: "A", count: "{n, plural, one {#} other {#}}" } })).toEqual(
      [],
    );
  });
  it("reports a key that nothing uses, though another namespace uses its name", () => {
    expect(
      check(`${T} t("title");`, { page: { title: "A", text: "B" }, other: { title: "C" } }),
    ).toEqual(["page.text is not used", "other.title is not used"]);
  });
  it("reports a key that is used and missing", () => {
    expect(check(`${T} t("title"); t.rich("text");`, { page: { title: "A" } })).toEqual([
      "components/a.tsx: en has no message page.text",
    ]);
  });
  it("reports a key that one language lacks, and an empty text", () => {
    const code = `${T} t("title"); t("text");`;
    expect(check(code, { page: { title: "A", text: "B" } }, { page: { title: "" } })).toEqual([
      "page.text is not in pt",
      "page.title is empty in pt",
    ]);
  });
  it("reports arguments and choices that differ between languages", () => {
    const code = `${T} t("a", { n }); t("b", { x }); t.rich("c", { b });`;
    const en = { a: "{n, plural, other {#}}", b: "{x, select, u {1} other {2}}", c: "<b>c</b>" };
    const pt = { a: "{n}", b: "{x, select, other {2}}", c: "c" };
    expect(check(code, { page: en }, { page: pt })).toEqual([
      "page.a takes n (plural) in en, n (value) in pt",
      "page.b takes x (select: other,u) in en, x (select: other) in pt",
      "page.c takes b (tag) in en, nothing in pt",
    ]);
  });
  it("reports a call that leaves out an argument, also one inside a branch or a tag", () => {
    const page = { a: "<b>{n, plural, one {{who}} other {#}}</b>" };
    expect(check(`${T} t.rich("a", { b: bold, n: 1 });`, { page })).toEqual([
      "components/a.tsx: page.a is not given its argument who",
    ]);
  });
  it("takes a computed part for the words that the module and its imports contain", () => {
    const page = { stage: { old: "A", new: "B", planted: "C" } };
    const words: [string, string] = ["lib/words.ts", 'export type Stage = "old" | "new";'];
    const code = `import type { Stage } from "#lib/words.ts"; ${T} t(\`stage.\${stage}\`);`;
    expect(check(code, { page }, { page }, [words])).toEqual(["page.stage.planted is not used"]);
    expect(
      check(`${T} t(\`state.\${stage}\`); t("stage.old");`, { page: { stage: { old: "A" } } }),
    ).toEqual(["components/a.tsx: en has no message page.state.*"]);
  });
  it("follows both sides of a choice", () => {
    const code = `${T} t(is ? "a" : "b"); t(key ?? "c");`;
    expect(check(code, { page: { a: "A", b: "B" } })).toEqual([
      "components/a.tsx: en has no message page.c",
    ]);
  });
  it("tells translators of the same name in different functions apart", () => {
    const code = `
      function A() { const t = useTranslations("one"); return t("a"); }
      function B() { const t = useTranslations("two"); return list.map((t) => t("never")) + t("b"); }`;
    expect(check(code, { one: { a: "A", b: "unused" }, two: { b: "B" } })).toEqual([
      "one.b is not used",
    ]);
  });
  it("knows translators that come with other promises, and those that are called at once", () => {
    const code = `
      const [{ id }, t] = await Promise.all([read(), getTranslations("page")]);
      t("title"); (await getTranslations("page"))("text"); useTranslations()("top");`;
    expect(check(code, { page: { title: "A", text: "B" }, top: "C" })).toEqual([]);
  });
  it("knows the keys that a module reads from the file itself", () => {
    const code = 'import en from "#messages/en.json"; en.page.title.replace("a", "b");';
    expect(check(code, { page: { title: "A", text: "B" } })).toEqual(["page.text is not used"]);
  });
  it("reports code that it cannot follow", () => {
    expect(check(`${T} t("title"); tell(t);`, { page: { title: "A" } })).toEqual([
      "components/a.tsx: the translator t is passed on",
    ]);
    expect(check("const t = useTranslations(name);", {})).toEqual([
      "components/a.tsx: the namespace of a translator is computed",
    ]);
  });
});
