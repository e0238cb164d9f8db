import { expect, it } from "vitest";
import { CARD_MAX_CHARACTERS } from "./card-text.ts";
import { parseTree } from "./parse-tree.ts";
import { DEPTH_MAX, NODES_MAX } from "./tame-tree.ts";

it("a tree that is too deep or too large for a page is none", () => {
  expect(parseTree(`${"> ".repeat(10)}x`).tree).not.toBeNull();
  expect(parseTree(`${"> ".repeat(DEPTH_MAX)}x`).tree).toBeNull();
  expect(parseTree("<b>x</b> ".repeat(NODES_MAX / 4)).tree).not.toBeNull();
  expect(parseTree("<b>x</b> ".repeat(NODES_MAX / 2)).tree).toBeNull();
});

it("nesting that overflows the parser has no tree", () => {
  expect(parseTree(`${"<div>".repeat(19_000)}x`).tree).toBeNull();
});

it("a table of a thousand rows is one table", () => {
  const { tree } = parseTree(`|a|b|\n|-|-|\n${"|1|2|\n".repeat(1000)}`);
  expect(tree?.children.filter(({ type }) => type === "element")).toHaveLength(1);
});

it("says when the text was longer than a page takes", () => {
  expect(parseTree("word\n\n".repeat(CARD_MAX_CHARACTERS / 5)).is_cut).toBe(true);
  expect(parseTree("word").is_cut).toBe(false);
});

it("carries no positions", () => {
  expect(JSON.stringify(parseTree("# a *b*").tree)).not.toContain("position");
});
