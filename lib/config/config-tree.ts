/** The configuration as it is written: sections of keys, before anything is checked. */
import { readFileSync } from "node:fs";
import { parseDocument } from "yaml";
import { ConfigError } from "./config-error.ts";

export type Tree = { [key: string]: unknown };

export function readConfigFile(file: string): Tree {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError([
      `The configuration file ${file} cannot be read (${reason}); MODEL_REGISTRY_CONFIG names another one.`,
    ]);
  }
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map((error) => `${file} is not valid YAML: ${error.message.split("\n")[0]}`),
    );
  }
  const tree: unknown = document.toJS({ maxAliasCount: 100 });
  if (tree === null) return {};
  if (!isTree(tree)) throw new ConfigError([`${file} must hold sections such as "storage:".`]);
  return tree;
}

export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `over` on top of `base`, section by section; a section left empty in the file changes nothing. */
export function layer(base: Tree, over: Tree): Tree {
  for (const [key, value] of Object.entries(over)) {
    const below = Object.hasOwn(base, key) ? base[key] : undefined;
    if (isTree(below) && (isTree(value) || value === null)) layer(below, value ?? {});
    else define(base, key, value);
  }
  return base;
}

export function setValue(tree: Tree, path: readonly string[], value: string): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) {
    define(tree, key, value);
    return;
  }
  const below = Object.hasOwn(tree, key) ? tree[key] : undefined;
  const section = isTree(below) ? below : {};
  define(tree, key, section);
  setValue(section, rest, value);
}

/** Plain assignment of `__proto__` would change the object's prototype instead of adding a key. */
function define(tree: Tree, key: string, value: unknown): void {
  Object.defineProperty(tree, key, { value, enumerable: true, writable: true, configurable: true });
}
