import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { cpuMsOf } from "../../tests/support/cost.ts";
import { CardParser } from "./card-parser.ts";

/** Enough for a plain card on a slow machine; hostile ones end sooner than in the product. */
const TEST_CPU_MS = 1000;
/** Room for a collection of garbage, or another test on the same core. */
const NOISE_MS = 300;

let cards: CardParser;
beforeEach(() => {
  cards = new CardParser(TEST_CPU_MS);
});
afterEach(() => cards.close());

/** The longest that the event loop stood still while `work` ran. */
async function longestPause(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 5);
  await work();
  clearInterval(timer);
  return longest;
}

/** Small texts on which the parser would work for seconds, minutes or without end. */
const HOSTILE: [string, string][] = [
  [
    "a table of 2,000 columns",
    `${"|a".repeat(2000)}|\n${"|-".repeat(2000)}|\n${`${"|x".repeat(2000)}|\n`.repeat(20)}`,
  ],
  ["emphasis that never closes", "*a_ ".repeat(22_000)],
  ["deeply nested lists", `${"- ".repeat(40_000)}x`],
  [
    "lists, each line deeper",
    Array.from({ length: 400 }, (_, n) => `${" ".repeat(2 * n)}- x`).join("\n"),
  ],
  ["nested quotes", `${">".repeat(50_000)} x`],
  ["nested elements", `${"<div>".repeat(18_000)}x`],
  ["open brackets", "[".repeat(90_000)],
  ["open links", "[a](".repeat(20_000)],
  ["open links on many lines", "[a](\n".repeat(18_000)],
  ["open HTML", "<a ".repeat(30_000)],
  ["underscores", "_a__".repeat(20_000)],
  ["mail addresses", "a@".repeat(50_000)],
  ["open backquotes", Array.from({ length: 400 }, (_, n) => "`".repeat(n)).join("a")],
  ["table cells on many lines", "|a|b\n|-|-\n".repeat(9_000)],
  ["footnotes", "[^1]".repeat(20_000)],
];

it.each(HOSTILE)(
  "%s is laid out or shown as text, and the event loop goes on",
  async (_name, text) => {
    const begun = performance.now();
    let card: unknown;
    const longest = await longestPause(async () => {
      card = await cards.tree(text);
    });
    expect(card).toMatchObject({ is_cut: expect.any(Boolean) });
    // A parse on the event loop would make one pause of all the time.
    expect(longest).toBeLessThan(Math.max((performance.now() - begun) / 2, NOISE_MS));
  },
);

it("a card over the limit is not parsed a second time", async () => {
  const text = HOSTILE[0]?.[1] as string;
  await cards.tree(text);
  const again = await cpuMsOf(() => cards.tree(text));
  const first = await cpuMsOf(() => cards.tree(`${text}\n`));
  expect(again).toBeLessThan(first / 2);
});

it("a plain card is laid out while a hostile one is being parsed, after it", async () => {
  const hostile = cards.tree(HOSTILE[1]?.[1] as string);
  await sleep(100);
  const plain = await cards.tree("# Hello");
  expect(plain.tree?.children).toHaveLength(1);
  await hostile;
});

it("front matter is read beside the event loop, and whatever it is the text stays", async () => {
  const facts = await cards.facts("---\nlicense: mit\ntags: [a]\n---\n# Hello");
  expect(facts).toMatchObject({ license: "mit", tags: ["a"], body: "# Hello" });
  const hostile = `---\na: ${"{a: ".repeat(15_000)}\n---\n# Hello`;
  expect((await cards.facts(hostile)).body).toContain("# Hello");
});

it("the same text is parsed once", async () => {
  const text = "a table\n\n|a|b|\n|-|-|\n".concat("|1|2|\n".repeat(2000));
  const first = await cards.tree(text);
  expect(await cards.tree(text)).toBe(first);
});
