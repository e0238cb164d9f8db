import fc from "fast-check";
import { expect, test } from "vitest";
import { growthOf, LINEAR_GROWTH } from "../../tests/support/cost.ts";
import { fileOf } from "../../tests/support/hostile-bytes.ts";
import { MAX_CARD_BYTES, parseModelCard, readModelCard } from "./model-card.ts";

const card = (frontMatter: string, body = "# Hello\n") => `---\n${frontMatter}\n---\n${body}`;
const YAML_CHARACTERS = "-:[]{}&*!|>'\"%@#,?\n\r\t \0\u00e9\ud800ab1";
const EMPTY = {
  license: null,
  tags: [],
  pipeline_tag: null,
  library_name: null,
  datasets: [],
  language: [],
};

test("front matter becomes plain texts, and the body starts after it", () => {
  const text = card(
    "license: apache-2.0\nlanguage: no\ndatasets:\n- s2orc\n- null\ntags: [a, 1.50, {x: y}]\npipeline_tag: text-generation\nlibrary_name: transformers",
  );
  expect(parseModelCard(text)).toEqual({
    body: "# Hello\n",
    license: "apache-2.0",
    // "no" is Norwegian here, not false; 1.50 stays as it was written.
    language: ["no"],
    datasets: ["s2orc", "null"],
    tags: ["a", "1.50"],
    pipeline_tag: "text-generation",
    library_name: "transformers",
  });
});

test("Windows line ends and a byte order mark are understood", () => {
  const text = `\uFEFF${card("license: mit")}`.replaceAll("\n", "\r\n");
  expect(parseModelCard(text)).toMatchObject({ license: "mit", body: "# Hello\r\n" });
});

test.each([
  ["no front matter", "# Hello\n---\nx\n---\n"],
  ["no end", "---\nlicense: mit\n"],
  ["an end that is too far away", card(`x: ${"y".repeat(70_000)}`)],
])("%s leaves the text as it is", (_, text) => {
  expect(parseModelCard(text)).toEqual({ ...EMPTY, body: text });
});

test.each([
  ["broken YAML", "license: [mit"],
  ["a list", "- a"],
  ["an alias", "a: &a mit\nlicense: *a"],
  ["a billion laughs", "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\ntags: *c"],
  ["a duplicate key", "license: mit\nlicense: gpl"],
])("%s says nothing, and the body stays", (_, frontMatter) => {
  expect(parseModelCard(card(frontMatter))).toEqual({ ...EMPTY, body: "# Hello\n" });
});

test("a tag of YAML is a text, not a type", () => {
  const parsed = parseModelCard(card("license: !!python/object:os.system mit"));
  expect(parsed.license === "mit" || parsed.license === null).toBe(true);
});

const NESTED: [string, (n: number) => string][] = [
  ["brackets", (n) => `tags: ${"[".repeat(30_000 * n)}`],
  ["spaced brackets", (n) => `tags: ${"[ {".repeat(10_000 * n)}`],
  ["dashes", (n) => `tags:\n  ${"- ".repeat(30_000 * n)}x`],
  ["question marks", (n) => `${"? ".repeat(30_000 * n)}x`],
];
test.each(NESTED)("deep nesting by %s takes linear time", async (_, frontMatter) => {
  expect(parseModelCard(card(frontMatter(1))).tags).toEqual([]);
  const parse = (scale: number) => parseModelCard(card(frontMatter(scale)));
  expect(await growthOf(parse)).toBeLessThan(LINEAR_GROWTH);
});

test("of a long list the first 200 are kept", () => {
  expect(parseModelCard(card(`tags:\n${"- a\n".repeat(10_000)}`)).tags).toHaveLength(200);
});

test("any text has a card", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...YAML_CHARACTERS), maxLength: 300 }),
      (text) => {
        expect(typeof parseModelCard(card(text)).body).toBe("string");
        expect(typeof parseModelCard(text).body).toBe("string");
      },
    ),
  );
});

test("README.md at the top is the card, also as Readme.md, cut at its limit", async () => {
  const long = new TextEncoder().encode(`# A\n${"x".repeat(MAX_CARD_BYTES + 10)}`);
  const found = await readModelCard([fileOf("docs/README.md", long), fileOf("Readme.md", long)]);
  expect(found?.body).toHaveLength(MAX_CARD_BYTES);
  expect(await readModelCard([fileOf("docs/README.md", long)])).toBeNull();
});
