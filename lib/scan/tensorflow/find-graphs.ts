/**
 * Graphs in any protobuf message: TensorFlow reads fields in any order, merges repeated ones and takes a graph from
 * several messages, so that no single layout is relied on here. Whatever has a name and an operator of TensorFlow is a
 * node.
 */
import { isRegistryError } from "#lib/errors.ts";
import { LEN, type ProtoField, ProtoWalker } from "#lib/formats/bytes/protobuf.ts";
import { WindowReader } from "#lib/formats/bytes/window-reader.ts";
import type { ByteSource, Finding } from "#lib/formats/contract.ts";
import { finding } from "../verdict.ts";
import { emptyGraph, readGraph } from "./graph.ts";
import { judgeOperators, kerasIn } from "./judge-graph.ts";
import { isRegistered } from "./operators.ts";

/** Some ten for each node of the largest graphs; messages that are numbers alone would take forever. */
const MAX_PARTS = 3_000_000;
const MAX_DEPTH = 24;
const MAX_OPERATOR_BYTES = 100;
const MAX_JSON_BYTES = 16 * 1024 * 1024;
const MAX_TEXTS = 10_000;

type Search = {
  reader: WindowReader;
  parts: number;
  graphs: Set<string>;
  places: ProtoField[];
  texts: string[];
};

/** Findings of the graphs in a message; none when there is no graph. */
export async function graphFindings(source: ByteSource, where: string): Promise<Finding[]> {
  const reader = new WindowReader({ path: where, source }, "TensorFlow graph");
  const search: Search = { reader, parts: 0, graphs: new Set(), places: [], texts: [] };
  await visit(search, { number: 1, wireType: LEN, start: 0, end: source.sizeBytes }, null, 0);
  if (search.parts > MAX_PARTS) {
    const detail = "The message has too many parts to be searched for graphs.";
    return [finding("unscannable", "protobuf_unreadable", detail, where)];
  }
  const scopes = [];
  for (const place of search.places) {
    const graph = emptyGraph();
    await tolerant(() => readGraph(new ProtoWalker(reader), place, graph));
    const known = new Set(graph.functions.keys());
    const nodes = [graph.main, ...graph.functions.values()]
      .flatMap((scope) => scope.nodes)
      .filter(({ operator }) => !known.has(operator));
    scopes.push({ nodes, args: [] });
  }
  return [...judgeOperators(scopes, where), ...kerasIn(search.texts, where)];
}

/** Notes the outermost message that has a node in it, or a function that has one. */
async function visit(
  search: Search,
  field: ProtoField,
  parents: readonly ProtoField[] | null,
  depth: number,
): Promise<void> {
  if (depth > MAX_DEPTH || search.parts > MAX_PARTS) return;
  const above = [...(parents ?? []), field];
  const inside: ProtoField[] = [];
  const isMessage = await tolerant(() =>
    new ProtoWalker(search.reader).walk(field.start, field.end, (part) => {
      search.parts += 1;
      if (search.parts > MAX_PARTS) search.reader.fail("it has too many parts");
      if (part.wireType === LEN && part.end > part.start) inside.push(part);
    }),
  );
  if (!isMessage) {
    await noteJson(search, field);
    return;
  }
  if (await isNode(search, inside)) noteGraph(search, above);
  for (const part of inside) await visit(search, part, above, depth + 1);
}

/** NodeDef: 1 name, 2 op. */
async function isNode({ reader }: Search, inside: readonly ProtoField[]): Promise<boolean> {
  if (!inside.some(({ number }) => number === 1)) return false;
  for (const { number, start, end } of inside) {
    if (number !== 2 || end - start > MAX_OPERATOR_BYTES) continue;
    if (isRegistered(Buffer.from(await reader.bytes(start, end - start)).toString("latin1"))) {
      return true;
    }
  }
  return false;
}

/** A node is in a graph (field 1), or in a function (field 3) of a library's (1) of a graph (2). */
function noteGraph(search: Search, above: readonly ProtoField[]): void {
  const node = above.at(-1);
  const levels = node?.number === 3 ? 4 : 2;
  const graph = above.at(-levels) ?? above[0];
  if (!graph) return;
  const key = `${graph.start} ${graph.end}`;
  if (search.graphs.has(key)) return;
  search.graphs.add(key);
  search.places.push(graph);
}

/** A text of Keras: JSON with a class in it. */
async function noteJson(search: Search, { start, end }: ProtoField): Promise<void> {
  const { reader, texts } = search;
  if (end - start < 16 || end - start > MAX_JSON_BYTES || texts.length >= MAX_TEXTS) return;
  await reader.load(start, 1);
  if (reader.byteAt(start) !== 0x7b) return;
  const text = Buffer.from(await reader.bytes(start, end - start)).toString("utf8");
  if (/class_name|module|__lambda__|\\u00/.test(text)) texts.push(text);
}

/** False for what cannot be read: most texts and numbers are no messages. */
async function tolerant(read: () => Promise<void>): Promise<boolean> {
  try {
    await read();
    return true;
  } catch (error) {
    if (!isRegistryError(error) || error.status >= 500) throw error;
    return false;
  }
}
