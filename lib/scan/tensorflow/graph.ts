/**
 * GraphDef (tensorflow/core/framework: graph.proto, node_def.proto, function.proto, attr_value.proto) as far as a
 * verdict needs it: which operators there are, what they are fed, and which functions they call.
 */
import { isRegistryError } from "#lib/errors.ts";
import { LEN, type ProtoField, ProtoWalker } from "#lib/formats/bytes/protobuf.ts";
import { MAX_NAME_BYTES } from "#lib/formats/tensor-facts.ts";

/** The largest graphs have some hundred thousand; more would only take memory. */
const MAX_NODES = 1_000_000;
const MAX_INPUTS = 100_000;
/** Settings that name a file are short. */
const MAX_SETTING_BYTES = 4096;
/** A graph in a text of a graph is how data sets are kept; deeper is somebody's trick. */
const MAX_NESTING = 4;
/** Shorter texts hold no node. */
const MIN_NESTED_BYTES = 6;
const OPERATOR = /^[A-Za-z_][A-Za-z0-9_>.]*$/;

export type GraphNode = {
  name: string;
  operator: string;
  /** Where its message begins in the file. */
  offset: number;
  /** Names of nodes and of a function's arguments, without the number of the output. */
  inputs: string[];
  /** Names of the functions that the node's attributes call. */
  functions: string[];
  /** Its attributes that are texts. */
  settings: ReadonlyMap<string, string>;
};

/** Nodes that see each other by name: the graph's own, or those of one function. */
export type Scope = { nodes: GraphNode[]; args: string[] };

export type Graph = {
  main: Scope;
  /** By name; of two functions of one name both count, as the second has the name and a mark. */
  functions: Map<string, Scope>;
};

export function emptyGraph(): Graph {
  return { main: { nodes: [], args: [] }, functions: new Map() };
}

/** GraphDef: 1 node, 2 library { 1 function }. Adds to `graph`. */
export function readGraph(
  walker: ProtoWalker,
  field: ProtoField,
  graph: Graph,
  depth = 0,
): Promise<void> {
  return walker.message(field, async (part) => {
    if (part.number === 1) await readNode(walker, part, graph.main, graph, depth);
    else if (part.number === 2) {
      await walker.message(part, async (library) => {
        if (library.number === 1) await readFunction(walker, library, graph, depth);
      });
    }
  });
}

/** FunctionDef: 1 signature { 1 name, 2 input_arg { 1 name } }, 3 node_def. */
async function readFunction(
  walker: ProtoWalker,
  field: ProtoField,
  graph: Graph,
  depth: number,
): Promise<void> {
  const scope: Scope = { nodes: [], args: [] };
  let name = "";
  await walker.message(field, async (part) => {
    if (part.number === 3) await readNode(walker, part, scope, graph, depth);
    else if (part.number === 1) {
      await walker.message(part, async (inner) => {
        if (inner.number === 1) name = await walker.text(inner, MAX_NAME_BYTES);
        else if (inner.number === 2) {
          await walker.message(inner, async (arg) => {
            if (arg.number === 1) scope.args.push(await walker.text(arg, MAX_NAME_BYTES));
          });
        }
      });
    }
  });
  while (graph.functions.has(name)) name += "\n";
  graph.functions.set(name, scope);
}

/** NodeDef: 1 name, 2 op, 3 input, 5 attr { 1 key, 2 value }. */
async function readNode(
  walker: ProtoWalker,
  field: ProtoField,
  scope: Scope,
  graph: Graph,
  depth: number,
): Promise<void> {
  const settings = new Map<string, string>();
  const node: GraphNode = {
    name: "",
    operator: "",
    offset: walker.reader.startsAt + field.start,
    inputs: [],
    functions: [],
    settings,
  };
  await walker.message(field, async (part) => {
    if (part.number === 1) node.name = await walker.text(part, MAX_NAME_BYTES);
    else if (part.number === 2) node.operator = await walker.text(part, MAX_NAME_BYTES);
    else if (part.number === 3) {
      if (node.inputs.length >= MAX_INPUTS) walker.reader.fail("a node of it has too many inputs");
      node.inputs.push(sourceOf(await walker.text(part, MAX_NAME_BYTES)));
    } else if (part.number === 5) {
      let key = "";
      await walker.message(part, async (entry) => {
        if (entry.number === 1) key = await walker.text(entry, MAX_NAME_BYTES);
        else if (entry.number === 2) {
          const text = await readValue(walker, entry, node, graph, depth);
          if (text !== null) settings.set(key, text);
        }
      });
    }
  });
  if (scope.nodes.length >= MAX_NODES) walker.reader.fail(`it has more than ${MAX_NODES} nodes`);
  scope.nodes.push(node);
}

/** `^name`, `name:1` and `name:output:0` are all fed by `name`. */
function sourceOf(input: string): string {
  return (input.startsWith("^") ? input.slice(1) : input).split(":", 1)[0] as string;
}

/** AttrValue: 1 list { 2 s, 8 tensor, 9 func }, 2 s, 8 tensor, 10 func. Returns a text. */
async function readValue(
  walker: ProtoWalker,
  field: ProtoField,
  node: GraphNode,
  graph: Graph,
  depth: number,
): Promise<string | null> {
  let text: string | null = null;
  const read = async (part: ProtoField, functionNumber: number): Promise<void> => {
    if (part.wireType !== LEN) return;
    if (part.number === 2) {
      text = await walker.textStart(part, MAX_SETTING_BYTES);
      await readNested(walker, part, graph, depth);
    } else if (part.number === 8) await readTensor(walker, part, graph, depth);
    else if (part.number === functionNumber) await readCall(walker, part, node, graph, depth);
  };
  await walker.message(field, async (part) => {
    if (part.number === 1) await walker.message(part, (item) => read(item, 9));
    else await read(part, 10);
  });
  return text;
}

/** NameAttrList: 1 name, 2 attr { 1 key, 2 value }: a call may bring functions as arguments. */
function readCall(
  walker: ProtoWalker,
  field: ProtoField,
  node: GraphNode,
  graph: Graph,
  depth: number,
): Promise<void> {
  return walker.message(field, async (part) => {
    if (part.number === 1) node.functions.push(await walker.text(part, MAX_NAME_BYTES));
    else if (part.number === 2) {
      await walker.message(part, async (entry) => {
        if (entry.number === 2) await readValue(walker, entry, node, graph, depth);
      });
    }
  });
}

/** TensorProto: 8 string_val. */
function readTensor(
  walker: ProtoWalker,
  field: ProtoField,
  graph: Graph,
  depth: number,
): Promise<void> {
  return walker.message(field, async (part) => {
    if (part.number === 8 && part.wireType === LEN) await readNested(walker, part, graph, depth);
  });
}

/** A text that is a graph itself, which `DatasetFromGraph` and its kin run: its nodes count as a function's. */
async function readNested(
  { reader }: ProtoWalker,
  field: ProtoField,
  graph: Graph,
  depth: number,
): Promise<void> {
  if (field.end - field.start < MIN_NESTED_BYTES || depth >= MAX_NESTING) return;
  await reader.load(field.start, 1);
  // The first field of a graph; a text for people begins with neither byte.
  if (![0x0a, 0x12].includes(reader.byteAt(field.start))) return;
  const inner = emptyGraph();
  try {
    await readGraph(new ProtoWalker(reader), field, inner, depth + 1);
  } catch (error) {
    if (!isRegistryError(error) || error.status >= 500) throw error;
    return;
  }
  const isGraph = (scope: Scope) => scope.nodes.some(({ operator }) => OPERATOR.test(operator));
  const scopes = [inner.main, ...inner.functions.values()].filter(isGraph);
  for (const scope of scopes) graph.functions.set(`\n${graph.functions.size}`, scope);
}
