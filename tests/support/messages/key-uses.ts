import { children, type Node, nodeAt, nodesAt, type SourceTree, visit } from "./source-tree.ts";

/** A place where code asks for a message. */
export type KeyUse = {
  path: string;
  /** The key's parts; null for a part that the code computes. */
  key: readonly (string | null)[];
  /** The names of the arguments; null where the code computes them, or none are needed to ask. */
  values: readonly string[] | null;
};

/** Code that this analysis cannot follow. It is reported, so that no use is lost in silence. */
export type Unclear = { path: string; reason: string };

/** A translator's namespace by its variable's name; null for another variable that hides it. */
type Scope = Map<string, string | null>;

const MAKERS = new Set(["useTranslations", "getTranslations"]);
/** Methods of a translator; `has` and `raw` ask without arguments. */
const METHODS = new Set(["rich", "markup", "has", "raw"]);
const WITHOUT_VALUES = new Set(["has", "raw"]);

/** Where a module asks for messages: `useTranslations("ns")`, `await getTranslations("ns")`, and calls of what they return. */
export function keyUses(tree: SourceTree, path: string): { uses: KeyUse[]; unclear: Unclear[] } {
  const uses: KeyUse[] = [];
  const unclear: Unclear[] = [];
  const doubt = (reason: string) => unclear.push({ path, reason });

  const walk = (node: Node, outer: Scope): void => {
    const scope = opensScope(node) ? innerScope(node, outer) : outer;
    if (node.type === "VariableDeclarator") {
      const init = nodeAt(node, "init");
      if (init) walk(init, scope);
      return;
    }
    const call = node.type === "CallExpression" ? translation(node, scope) : null;
    if (call) {
      const [key, values] = nodesAt(node, "arguments");
      const prefix = call.namespace.split(".").filter((part) => part !== "");
      for (const parts of key ? keysOf(key) : []) {
        const asks = WITHOUT_VALUES.has(call.method) ? null : valueNames(values ?? null);
        uses.push({ path, key: [...prefix, ...parts], values: asks });
      }
      // The callee has been read; the arguments may contain further calls.
      for (const argument of nodesAt(node, "arguments")) if (argument) walk(argument, scope);
      return;
    }
    if (node.type === "CallExpression" && isMaker(node) && makerNamespace(node) === null) {
      doubt("the namespace of a translator is computed");
    }
    if (node.type === "Identifier" && typeof scope.get(String(node.name)) === "string") {
      doubt(`the translator ${node.name} is passed on`);
    }
    for (const child of evaluated(node)) walk(child, scope);
  };

  walk(tree.parse(path), new Map());
  return { uses, unclear };
}

/** The keys that a module reads itself from a language's file, as `messages.errors.pageTitle`: all chains of members in it. */
export function memberChains(tree: SourceTree, path: string): Set<string> {
  const chains = new Set<string>();
  if (!tree.imports(path).some((imported) => /^messages\/.*\.json$/.test(imported))) return chains;
  visit(tree.parse(path), (node) => {
    const parts: string[] = [];
    let at: Node | null = node;
    while (at?.type === "MemberExpression" && at.computed !== true) {
      parts.unshift(nameOf(nodeAt(at, "property")));
      at = nodeAt(at, "object");
    }
    chains.add(parts.join("."));
  });
  return chains;
}

/** `t(...)`, `t.rich(...)` or `useTranslations("ns")(...)`. */
function translation(call: Node, scope: Scope): { namespace: string; method: string } | null {
  const callee = nodeAt(call, "callee");
  const method = callee?.type === "MemberExpression" ? nameOf(nodeAt(callee, "property")) : "";
  const translator = METHODS.has(method) ? nodeAt(callee, "object") : callee;
  if (!translator) return null;
  const namespace =
    translator.type === "Identifier"
      ? scope.get(String(translator.name))
      : makerNamespace(unwrap(translator));
  return typeof namespace === "string" ? { namespace, method } : null;
}

const isMaker = (call: Node) => MAKERS.has(nameOf(nodeAt(call, "callee")));

/** The namespace that `useTranslations(...)` is given, "" without one; null for anything else. */
function makerNamespace(call: Node): string | null {
  if (call.type !== "CallExpression" || !isMaker(call)) return null;
  const [namespace] = nodesAt(call, "arguments");
  if (!namespace) return "";
  return typeof namespace.value === "string" ? namespace.value : null;
}

const opensScope = ({ type }: Node) =>
  type === "Program" || type === "BlockStatement" || type.includes("Function");

function innerScope(node: Node, outer: Scope): Scope {
  const scope = new Map(outer);
  for (const parameter of nodesAt(node, "params")) if (parameter) hide(parameter, scope);
  for (const statement of nodesAt(node, "body")) {
    const declaration = nodeAt(statement, "declaration") ?? statement;
    for (const declarator of nodesAt(declaration, "declarations")) declare(declarator, scope);
  }
  return scope;
}

/** `const t = useTranslations(...)`, or `const [t, ...] = await Promise.all([getTranslations(...), ...])`. */
function declare(declarator: Node | null, scope: Scope): void {
  const [id, init] = [nodeAt(declarator, "id"), nodeAt(declarator, "init")];
  if (!id) return;
  const made = init && unwrap(init);
  const isList = id.type === "ArrayPattern";
  const names = isList ? nodesAt(id, "elements") : [id];
  const values = isList ? nodesAt(nodesAt(made, "arguments")[0], "elements") : [made];
  names.forEach((name, index) => {
    const value = values[index];
    const namespace = value ? makerNamespace(unwrap(value)) : null;
    if (name?.type === "Identifier" && namespace !== null) scope.set(nameOf(name), namespace);
    else if (name) hide(name, scope);
  });
}

function hide(pattern: Node, scope: Scope): void {
  if (scope.has(nameOf(pattern))) scope.set(nameOf(pattern), null);
  for (const child of children(pattern)) hide(child, scope);
}

const nameOf = (node: Node | null) => (node?.type === "Identifier" ? String(node.name) : "");

/** Children that are evaluated: not a member's or a property's name, not a type. */
function evaluated(node: Node): Node[] {
  const isName = (child: Node) =>
    node.computed !== true &&
    ((node.type === "MemberExpression" && child === node.property) ||
      (node.type === "Property" && child === node.key && node.shorthand !== true));
  return children(node).filter(
    (child) => !isName(child) && !/^(TSType|TSInterface|Import)/.test(child.type),
  );
}

function unwrap(node: Node): Node {
  const isWrapper = ["TSAsExpression", "ParenthesizedExpression"].includes(node.type);
  const inner = nodeAt(node, node.type === "AwaitExpression" ? "argument" : "expression");
  return inner && (isWrapper || node.type === "AwaitExpression") ? unwrap(inner) : node;
}

/** All keys that an expression can be. */
function keysOf(expression: Node): (string | null)[][] {
  const node = unwrap(expression);
  if (typeof node.value === "string") return [node.value.split(".")];
  if (node.type === "ConditionalExpression") return branches(node, "consequent", "alternate");
  if (node.type === "LogicalExpression") return branches(node, "left", "right");
  if (node.type !== "TemplateLiteral") return [[null]];
  const texts = nodesAt(node, "quasis").map((quasi) => cooked(quasi?.value));
  const parts = texts.join("\0").split(".");
  return [parts.map((part) => (part.includes("\0") ? null : part))];
}

const cooked = (value: unknown) => (value as { cooked?: string } | undefined)?.cooked ?? "";

const branches = (node: Node, ...fields: string[]) =>
  fields.map((field) => nodeAt(node, field)).flatMap((branch) => (branch ? keysOf(branch) : []));

function valueNames(values: Node | null): string[] | null {
  if (!values) return [];
  const properties = values.type === "ObjectExpression" ? nodesAt(values, "properties") : [null];
  const names = properties.map((property) => nameOf(nodeAt(property, "key")));
  return names.includes("") ? null : names;
}
