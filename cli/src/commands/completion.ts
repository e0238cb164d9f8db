import { Argument, type Command } from "commander";
import { bashScript } from "../completion/bash.ts";
import type { CommandShape } from "../completion/command-shape.ts";
import { fishScript } from "../completion/fish.ts";
import { zshScript } from "../completion/zsh.ts";
import type { Commands } from "./commands.ts";

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

export function addCompletion({ root, t, add, act }: Commands): void {
  const command = add("completion", "completion.about").addArgument(
    new Argument("<shell>", t("completion.shell")).choices(Object.keys(SCRIPTS)),
  );
  act(command, async (run, _options, [shell = ""]) => {
    const script = SCRIPTS[shell as keyof typeof SCRIPTS](shapesOf(root));
    run.out.result({ shell, script }, () => script.trimEnd());
  });
}

/** All commands, those of groups by both words. */
function shapesOf(root: Command): CommandShape[] {
  const shape = (command: Command, words: string[]): CommandShape[] => [
    {
      words,
      about: command.description(),
      subcommands: command.commands.map((one) => one.name()),
      options: command
        .createHelp()
        .visibleOptions(command)
        .map((option) => ({
          flags: [option.short, option.long].filter((flag) => flag !== undefined && flag !== null),
          about: option.description,
          choices: option.argChoices ?? [],
          takesValue: option.required || option.optional,
        })),
      choices: command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
      takesFiles: command.registeredArguments.some((argument) => argument.name() === "paths"),
    },
    ...command.commands.flatMap((one) => shape(one, [...words, one.name()])),
  ];
  return shape(root, []);
}
