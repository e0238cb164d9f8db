import type { Command } from "commander";
import type { MessageKey, Translate } from "../messages/translate.ts";
import type { Run } from "../run.ts";

/** How a command's file adds its commands. */
export type Commands = {
  t: Translate;
  root: Command;
  /** `words` are a name and its arguments, as commander writes them: `show <model> [ref]`. */
  add(words: string, about: MessageKey, parent?: Command): Command;
  /** A command that only has commands of its own. */
  group(name: string, about: MessageKey): Command;
  act<Options extends object>(
    command: Command,
    work: (run: Run, options: Options, args: string[]) => Promise<void>,
  ): void;
};
