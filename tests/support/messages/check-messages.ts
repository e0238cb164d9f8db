import { type KeyUse, keyUses, memberChains } from "./key-uses.ts";
import { messageArguments } from "./message-arguments.ts";
import type { SourceTree } from "./source-tree.ts";

export type Messages = { [key: string]: string | Messages };
type Language = { name: string; flat: ReadonlyMap<string, string> };

/** Other modules are read only for the words in them. */
const ASKS = /Translations\(|#messages\//;

/**
 * What is wrong with a project's messages, a line for each problem: code asks for a message that does not exist or
 * leaves out an argument, no code asks for a message, or a language differs from the first one in keys or arguments.
 * A computed part of a key stands for the words that are written in the module or in those that it imports.
 */
export function checkMessages(
  languages: ReadonlyMap<string, Messages>,
  tree: SourceTree,
): string[] {
  const [first, ...others] = [...languages].map(([name, messages]) => ({
    name,
    flat: flatten(messages),
  }));
  if (!first) return ["there is no language"];
  return [
    ...checkUses(first, tree),
    ...others.flatMap((other) => compare(first, other)),
    ...[first, ...others].flatMap(emptyMessages),
  ];
}

function checkUses(language: Language, tree: SourceTree): string[] {
  const problems: string[] = [];
  const used = new Set<string>();
  for (const path of tree.pathsWith(ASKS)) {
    const { uses, unclear } = keyUses(tree, path);
    for (const chain of memberChains(tree, path)) used.add(chain);
    for (const { reason } of unclear) problems.push(`${path}: ${reason}`);
    for (const use of uses) {
      const keys = keysOf(use, language, tree);
      if (keys.length === 0) {
        const pattern = use.key.map((part) => part ?? "*").join(".");
        problems.push(`${path}: ${language.name} has no message ${pattern}`);
      }
      for (const key of keys) used.add(key);
      problems.push(...keys.flatMap((key) => checkValues(use, key, language)));
    }
  }
  const unused = [...language.flat.keys()].filter((key) => !used.has(key));
  return [...problems, ...unused.map((key) => `${key} is not used`)];
}

/** The messages that a use may mean: one for a literal key, one for each known word where a part is computed. */
function keysOf(use: KeyUse, language: Language, tree: SourceTree): string[] {
  if (!use.key.includes(null)) {
    const key = use.key.join(".");
    return language.flat.has(key) ? [key] : [];
  }
  const words = tree.wordsInReach(use.path);
  return [...language.flat.keys()].filter((key) => {
    const parts = key.split(".");
    return (
      parts.length === use.key.length &&
      parts.every((part, index) => (use.key[index] ?? (words.has(part) ? part : null)) === part)
    );
  });
}

function checkValues({ path, key: parts, values }: KeyUse, key: string, language: Language) {
  // A computed key may mean messages with different arguments, and a call then gives those of all.
  if (values === null || parts.includes(null)) return [];
  return messageArguments(language.flat.get(key) ?? "")
    .filter(({ name }) => !values.includes(name))
    .map(({ name }) => `${path}: ${key} is not given its argument ${name}`);
}

function compare(first: Language, other: Language): string[] {
  const problems: string[] = [];
  for (const key of other.flat.keys()) {
    if (!first.flat.has(key)) problems.push(`${key} is in ${other.name} only`);
  }
  for (const [key, message] of first.flat) {
    const translated = other.flat.get(key);
    if (translated === undefined) {
      problems.push(`${key} is not in ${other.name}`);
      continue;
    }
    const [wanted, found] = [argumentsText(message), argumentsText(translated)];
    if (wanted !== found) {
      problems.push(`${key} takes ${wanted} in ${first.name}, ${found} in ${other.name}`);
    }
  }
  return problems;
}

const argumentsText = (message: string) =>
  messageArguments(message)
    .map(({ name, kind }) => `${name} (${kind})`)
    .join() || "nothing";

const emptyMessages = ({ name, flat }: Language) =>
  [...flat].filter(([, text]) => text.trim() === "").map(([key]) => `${key} is empty in ${name}`);

/** Dotted keys. */
function flatten(messages: Messages, prefix = ""): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [key, value] of Object.entries(messages)) {
    if (typeof value === "string") flat.set(prefix + key, value);
    else for (const [inner, text] of flatten(value, `${prefix}${key}.`)) flat.set(inner, text);
  }
  return flat;
}
