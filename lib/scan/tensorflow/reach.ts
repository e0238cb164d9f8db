/** Which parts of a graph are run by whom, and where a value comes from. */
import type { Graph, GraphNode, Scope } from "./graph.ts";
import type { MetaGraph } from "./meta-graph.ts";

/** A chain of nodes that only pass a value on is short; a longer one is not followed. */
const MAX_STEPS = 10_000;

type Reached = { nodes: Set<GraphNode>; functions: Set<string> };

/** Says whether an operator that writes or reads a checkpoint is there for saving the model, and for nothing else. */
export function saverOf(meta: MetaGraph): (scope: Scope, node: GraphNode) => boolean {
  const { graph, savers } = meta;
  const byName = new Map(graph.main.nodes.map((node) => [node.name, node]));
  const saving = reachedFrom(graph, byName, savers, []);
  const running = reachedFrom(graph, byName, meta.run, meta.callable);
  const names = new Map([...graph.functions].map(([name, scope]) => [scope, name]));
  return (scope, node) => {
    // TensorFlow 1 leaves older savers in the graph, which nobody runs.
    if (scope === graph.main) return savers.size > 0 && !running.nodes.has(node);
    const name = names.get(scope) ?? "";
    return saving.functions.has(name) && !running.functions.has(name);
  };
}

function reachedFrom(
  graph: Graph,
  byName: ReadonlyMap<string, GraphNode>,
  names: Iterable<string>,
  functions: Iterable<string>,
): Reached {
  const reached: Reached = { nodes: new Set(), functions: new Set() };
  const calls = [...functions];
  const waiting = [...names];
  while (waiting.length > 0) {
    const node = byName.get(waiting.pop() as string);
    if (!node || reached.nodes.has(node)) continue;
    reached.nodes.add(node);
    waiting.push(...node.inputs);
    calls.push(node.operator, ...node.functions);
  }
  while (calls.length > 0) {
    const name = calls.pop() as string;
    const scope = graph.functions.get(name);
    if (!scope || reached.functions.has(name)) continue;
    reached.functions.add(name);
    for (const node of scope.nodes) calls.push(node.operator, ...node.functions);
  }
  return reached;
}

const PASSES_ON = /^(?:Identity|ReadVariableOp|StopGradient|PreventGradient|EnsureShape)$/;
const ASSIGNS = /^Assign(?:VariableOp)?$/;
const VARIABLE = /^(?:VarHandleOp|Variable(?:V2)?)$/;

/** Whether the `input` of a node is, on every way, a file of the model's own assets. */
export function isAsset(meta: MetaGraph, scope: Scope, input: string | undefined): boolean {
  const { graph, assets } = meta;
  const names = new Map([...graph.functions].map(([name, inner]) => [inner, name]));
  const callers = callersOf(graph);
  const tables = new Map<Scope, Map<string, GraphNode>>();
  const nodeIn = (at: Scope, name: string) => {
    let table = tables.get(at);
    if (!table) {
      table = new Map(at.nodes.map((node) => [node.name, node]));
      tables.set(at, table);
    }
    return table.get(name);
  };
  const seen = new Set<string>();
  const waiting: { at: Scope; name: string | undefined }[] = [{ at: scope, name: input }];
  while (waiting.length > 0) {
    const { at, name } = waiting.pop() as (typeof waiting)[number];
    if (name === undefined || seen.size > MAX_STEPS) return false;
    const key = `${names.get(at) ?? ""}\n${name}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (at === graph.main && assets.has(name)) continue;
    const arg = at.args.indexOf(name);
    if (arg >= 0) {
      const calls = callers.get(names.get(at) ?? "") ?? [];
      if (calls.length === 0) return false;
      for (const call of calls) waiting.push({ at: call.scope, name: call.node.inputs[arg] });
      continue;
    }
    const node = nodeIn(at, name);
    if (!node) return false;
    if (PASSES_ON.test(node.operator)) waiting.push({ at, name: node.inputs[0] });
    else if (VARIABLE.test(node.operator)) {
      const assigned = at.nodes.filter(
        (other) => ASSIGNS.test(other.operator) && other.inputs[0] === name,
      );
      if (assigned.length === 0) return false;
      for (const { inputs } of assigned) waiting.push({ at, name: inputs[1] });
    } else return false;
  }
  return true;
}

type Call = { scope: Scope; node: GraphNode };

function callersOf({ main, functions }: Graph): Map<string, Call[]> {
  const callers = new Map<string, Call[]>();
  for (const scope of [main, ...functions.values()]) {
    for (const node of scope.nodes) {
      for (const name of [node.operator, ...node.functions]) {
        if (!functions.has(name)) continue;
        const calls = callers.get(name) ?? [];
        calls.push({ scope, node });
        callers.set(name, calls);
      }
    }
  }
  return callers;
}
