import { parseArgs } from "node:util";
import { CommandError } from "./command-error.ts";

export type Options = Record<string, { type: "string" | "boolean" }>;

export type CommandShape<O extends Options> = {
  /** What `--help` prints. */
  usage: string;
  options: O;
  /** How many words it takes beside the options at most; `needed` is what is said where one is needed and there is none. */
  words: { most: number; needed?: string };
};

export type Arguments<O extends Options> = {
  values: { [K in keyof O]?: O[K]["type"] extends "string" ? string : boolean };
  words: string[];
};

/**
 * What a command was called with; null where its help was asked for. Throws CommandError that says what is wrong, with the usage: a
 * mistyped option must not begin the work.
 */
export function readArguments<O extends Options>(
  { usage, options, words: { most, needed } }: CommandShape<O>,
  parameters: string[] = process.argv.slice(2),
): Arguments<O> | null {
  const wrong = (what: string) => new CommandError(`${what}\n\n${usage}`);
  const known: Options = { ...options, help: { type: "boolean" } };
  const { values, positionals, tokens } = parseArgs({
    args: parameters,
    options: { ...known, help: { type: "boolean", short: "h" } },
    ...{ allowPositionals: true, strict: false, tokens: true },
  });
  if (values.help === true) return null;
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const option = Object.hasOwn(known, token.name) ? known[token.name] : undefined;
    if (option === undefined) throw wrong(`There is no option ${token.rawName}.`);
    if (option.type === "string" && !token.value)
      throw wrong(`The option ${token.rawName} needs a value.`);
    if (option.type === "boolean" && token.value !== undefined)
      throw wrong(`The option ${token.rawName} takes no value.`);
  }
  if (needed !== undefined && positionals.length === 0) throw wrong(needed);
  const extra = positionals[most];
  if (extra !== undefined) throw wrong(`Nothing is known of "${extra}".`);
  return { values: values as Arguments<O>["values"], words: positionals };
}
