import compile from "icu-minify/compile";

/** `kind` is "value", "tag", or the type of ICU's argument, with the choices where code decides among them. */
export type MessageArgument = { name: string; kind: string };

/** The types that icu-minify writes as numbers, in its order from 1. */
const TYPES = ["select", "plural", "selectordinal", "number", "date", "time"];

/** What an ICU message takes, sorted by name. Throws for a message that ICU does not understand. */
export function messageArguments(message: string): MessageArgument[] {
  const found = new Map<string, MessageArgument>();
  const readAll = (parts: unknown) => {
    for (const part of Array.isArray(parts) ? parts : []) read(part);
  };
  // A text is a string and `#` is 0; an argument is [name], [name, type, ...]; a tag is [name, ...contents].
  const read = (part: unknown) => {
    if (!Array.isArray(part)) return;
    const [name, second, options] = part as [string, unknown, Record<string, unknown>?];
    const type = typeof second === "number" ? TYPES[second - 1] : undefined;
    const kind = part.length === 1 ? "value" : (type ?? "tag");
    const choices = type === "select" ? `: ${Object.keys(options ?? {}).sort()}` : "";
    found.set(`${name} ${kind}`, { name, kind: kind + choices });
    if (kind === "tag") readAll(part.slice(1));
    if (["select", "plural", "selectordinal"].includes(kind)) {
      for (const branch of Object.values(options ?? {})) readAll(branch);
    }
  };
  readAll(compile(message));
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, argument]) => argument);
}
