import { expect, it } from "vitest";
import { CARD_MAX_CHARACTERS } from "./card-text.ts";
import { parseTree } from "./parse-tree.ts";
import { DEPTH_MAX, NODES_MAX } from "./tame-tree.ts";

type Node = { type: string; children?: Node[] };

function measure(node: Node): { depth: number; nodes: number } {
  const below = (node.children ?? []).map(measure);
  return {
    depth: 1 + Math.max(0, ...below.map(({ depth }) => depth)),
    nodes: 1 + below.reduce((sum, { nodes }) => sum + nodes, 0),
  };
}

it("a tree is bounded in depth and in nodes", () => {
  const deep = parseTree(`${"> ".repeat(200)}x`).tree as Node;
  expect(measure(deep).depth).toBeLessThanOrEqual(DEPTH_MAX + 1);
  const many = parseTree("<b>x</b> ".repeat(10_000)).tree as Node;
  expect(measure(many).nodes).toBeLessThanOrEqual(NODES_MAX + 1);
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
