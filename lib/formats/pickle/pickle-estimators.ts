/** What a pickle says of the estimators in it: their classes, and the version of scikit-learn that wrote them. */

import type { PickleReport } from "../bytes/reader.ts";
import { plainText } from "../bytes/window-reader.ts";
import type { PickleStream } from "./pickle.ts";
import { calleeName, globalName, isObject, itemsOf, type PickleValue } from "./pickle-values.ts";

/** A forest of a thousand trees has some ten values for each. */
const MAX_VALUES = 200_000;
const MAX_CLASSES = 20;
const MAX_PACKAGES = 50;
const MAX_FACT_CHARS = 500;
/** `BaseEstimator.__getstate__` writes it. */
const VERSION_KEY = "_sklearn_version";
/** What makes an object of a class that the pickle names, whose first argument is the class. */
const MAKERS = new Set([
  "copyreg._reconstructor",
  "copy_reg._reconstructor",
  "copyreg.__newobj__",
  "copyreg.__newobj_ex__",
]);

export function estimatorFacts(
  streams: readonly PickleStream[],
  reports: readonly PickleReport[],
): Record<string, string> {
  const roots = streams.filter(({ parsedToEnd }) => parsedToEnd).map(({ root }) => root);
  const { versions, classes } = findEstimators(roots);
  const [root] = roots;
  const modules = reports.flatMap(({ globals }) => globals.map(({ module }) => module));
  const packages = [...new Set(modules.map((module) => module.split(".")[0] ?? ""))].sort();
  const facts: Record<string, string> = {};
  const note = (name: string, words: readonly (string | null)[], most: number) => {
    const known = words.filter((word) => word !== null && word !== "");
    const more = known.length > most ? ", …" : "";
    if (known.length > 0)
      facts[name] = plainText(known.slice(0, most).join(", ") + more, MAX_FACT_CHARS);
  };
  note("pickle_class", [classOf(root)], 1);
  note("pickle_packages", packages, MAX_PACKAGES);
  note("sklearn_version", [...versions].slice(0, 1), 1);
  note("sklearn_versions", versions.size > 1 ? [...versions] : [], MAX_CLASSES);
  note("sklearn_classes", [...classes], MAX_CLASSES);
  return facts;
}

/** Breadth first: the outermost estimator is the first one, and what saved it is the version of the whole. */
function findEstimators(roots: readonly PickleValue[]): {
  versions: ReadonlySet<string>;
  classes: ReadonlySet<string>;
} {
  const versions = new Set<string>();
  const classes = new Set<string>();
  const queue: PickleValue[] = [...roots];
  const seen = new Set<PickleValue>(queue);
  for (let at = 0; at < queue.length; at += 1) {
    const value = queue[at];
    if (!isObject(value)) continue;
    const version = value.kind === "call" ? versionOf(value.state) : null;
    if (version !== null) {
      versions.add(version);
      const name = classOf(value);
      if (name !== null) classes.add(name);
    }
    for (const part of partsOf(value)) {
      if (!isObject(part) || seen.has(part) || queue.length >= MAX_VALUES) continue;
      seen.add(part);
      queue.push(part);
    }
  }
  return { versions, classes };
}

function partsOf(value: PickleValue): readonly PickleValue[] {
  if (!isObject(value)) return [];
  if (value.kind === "dict") return value.entries;
  if (value.kind === "call")
    return [value.args, value.state ?? null, ...value.items, ...value.entries];
  return "items" in value ? value.items : [];
}

/** The state is a dict, or a pair of it and the slots. */
function versionOf(state: PickleValue | undefined): string | null {
  const dict = itemsOf(state)?.[0] ?? state;
  if (!isObject(dict) || dict.kind !== "dict") return null;
  for (let at = 0; at + 1 < dict.entries.length; at += 2) {
    const value = dict.entries[at + 1];
    if (dict.entries[at] === VERSION_KEY && typeof value === "string") return value;
  }
  return null;
}

/** The class of an object; null for any other value. */
function classOf(value: PickleValue | undefined): string | null {
  const name = calleeName(value);
  if (name === null || !MAKERS.has(name)) return name;
  return isObject(value) && value.kind === "call" ? globalName(itemsOf(value.args)?.[0]) : null;
}
