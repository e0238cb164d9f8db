/** What a TensorFlow graph would reach for when it is loaded or run. */

import { plainText } from "#lib/formats/bytes/window-reader.ts";
import type { Finding } from "#lib/formats/contract.ts";
import { kerasFindings, kerasTextFindings } from "#lib/formats/keras/keras-config.ts";
import { finding } from "../verdict.ts";
import type { GraphNode, Scope } from "./graph.ts";
import type { MetaGraph } from "./meta-graph.ts";
import { isMalicious, isRegistered, type Reach, reachOf, reachOfSettings } from "./operators.ts";
import { isAsset, saverOf } from "./reach.ts";

const DOES: Readonly<Record<Reach, string>> = {
  reads: "reads files of the machine that runs it",
  writes: "writes files on the machine that runs it",
  network: "talks to other machines",
  native: "runs compiled code that the file does not show",
  python: "runs Python functions",
  checkpoint: "reads or writes checkpoints where the graph says, not only when the model is saved",
  stops: "ends the process that runs it",
};
const VOCABULARY = /^InitializeTableFromTextFile(?:V\d+)?$/;
export function judgeMetaGraph(meta: MetaGraph, where: string): Finding[] {
  const isSaver = saverOf(meta);
  const found = new Map<string, Finding>();
  const note = ({ operator, offset }: GraphNode, reach: Reach) =>
    found.set(operator, told(operator, reach, where, offset));
  for (const scope of [meta.graph.main, ...meta.graph.functions.values()]) {
    for (const node of scope.nodes) {
      const { operator } = node;
      if (found.has(operator)) continue;
      const reach = reachOf(operator) ?? reachOfSettings(operator, node.settings);
      if (reach === "checkpoint" && isSaver(scope, node)) continue;
      if (reach !== null) note(node, reach);
      else if (VOCABULARY.test(operator)) {
        if (!isAsset(meta, scope, node.inputs[1])) note(node, "reads");
      } else if (isUnknown(meta, node)) found.set(operator, unknown(operator, where, node.offset));
    }
  }
  return [...found.values(), ...assetFindings(meta, where), ...kerasIn(meta.kerasTexts, where)];
}

/** For graphs of which only the operators are known: nothing says that one of them is there for saving alone. */
export function judgeOperators(scopes: readonly Scope[], where: string): Finding[] {
  const found = new Map<string, Finding>();
  const nodes = scopes.flatMap((scope) => scope.nodes);
  // In other messages a few texts are words that are operators by chance.
  const registered = nodes.filter(({ operator }) => isRegistered(operator)).length;
  const isGraph = registered * 2 > nodes.length;
  for (const { operator, settings, offset } of nodes) {
    if (found.has(operator)) continue;
    const vocabulary = VOCABULARY.test(operator) ? "reads" : null;
    const reach = reachOf(operator) ?? reachOfSettings(operator, settings) ?? vocabulary;
    if (reach !== null) found.set(operator, told(operator, reach, where, offset));
    else if (isGraph && !isRegistered(operator))
      found.set(operator, unknown(operator, where, offset));
  }
  return [...found.values()];
}

/** For a model that names operators of TensorFlow's and nothing of how they are used. */
export function judgeOperatorNames(operators: readonly string[], where: string): Finding[] {
  return operators.flatMap((operator) => {
    const reach = reachOf(operator) ?? (VOCABULARY.test(operator) ? "reads" : null);
    if (reach !== null) return [told(operator, reach, where)];
    return isRegistered(operator) ? [] : [unknown(operator, where)];
  });
}

/** JSON of Keras, in which a Lambda layer brings its bytecode along. */
export function kerasIn(texts: readonly string[], where: string): Finding[] {
  return texts.flatMap((text) => {
    const read = kerasFindings(text, where).filter(({ severity }) => severity !== "unscannable");
    return [...read, ...kerasTextFindings(text, where)];
  });
}

function isUnknown({ graph }: MetaGraph, { operator }: GraphNode): boolean {
  return !isRegistered(operator) && !graph.functions.has(operator);
}

function told(operator: string, reach: Reach, where: string, offset?: number): Finding {
  const detail = `The graph uses the operator ${plainText(operator, 100)}, which ${DOES[reach]}.`;
  const severity = isMalicious(operator) ? "malicious" : "suspicious";
  return finding(severity, "tensorflow_operator", detail, where, offset);
}

function unknown(operator: string, where: string, offset?: number): Finding {
  const name = plainText(operator, 100);
  const detail = `The graph uses the operator ${name}, which TensorFlow does not have: a library that the model's author chose runs it.`;
  return finding("suspicious", "tensorflow_unknown_operator", detail, where, offset);
}

/** Loaders join the name to the folder `assets`. */
function assetFindings({ assetFiles }: MetaGraph, where: string): Finding[] {
  return assetFiles
    .filter((name) => /^[/\\~]|^[A-Za-z][\w+.-]*:|\0|(?:^|[/\\])\.\.(?:[/\\]|$)/.test(name))
    .map((name) => {
      const detail = `The graph takes an asset from outside its folder: ${plainText(name, 120)}.`;
      return finding("malicious", "tensorflow_asset_path", detail, where);
    });
}
