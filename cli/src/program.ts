/** The commands and their options, on commander; what it says itself is said in the person's language. */
import { Command, type CommanderError, Help, Option } from "commander";
import { addAlias } from "./commands/alias.ts";
import { addAudit } from "./commands/audit.ts";
import type { Commands } from "./commands/commands.ts";
import { addCompare } from "./commands/compare.ts";
import { addCompletion } from "./commands/completion.ts";
import { addConvert } from "./commands/convert.ts";
import { addDelete } from "./commands/delete.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addDownload } from "./commands/download.ts";
import { addList } from "./commands/list.ts";
import { addLoad } from "./commands/load.ts";
import { addLogin } from "./commands/login.ts";
import { addRegister } from "./commands/register.ts";
import { addScan } from "./commands/scan.ts";
import { addShare } from "./commands/share.ts";
import { addShow } from "./commands/show.ts";
import { addStage } from "./commands/stage.ts";
import { addToken } from "./commands/token.ts";
import { addVersions } from "./commands/versions.ts";
import { EXIT } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import type { MessageKey, Translate } from "./messages/translate.ts";
import { type CommonOptions, Run, type Surroundings } from "./run.ts";
import { VERSION } from "./version.ts";

export const PROGRAM = "model-registry";

export function createProgram(surroundings: Surroundings): Command {
  const { t, streams } = surroundings;
  const root = new Command(PROGRAM).description(t("about"));
  root
    .configureHelp(translatedHelp(t))
    .configureOutput({
      writeOut: (text) => void streams.stdout.write(text),
      writeErr: (text) => void streams.stderr.write(text),
      // Told by the caller, in the person's language.
      outputError: () => undefined,
    })
    .exitOverride()
    // Otherwise `--version` of a command would be the program's own.
    .enablePositionalOptions()
    .version(VERSION, "-V, --version", t("options.version"))
    .helpOption("-h, --help", t("options.help"))
    .helpCommand(false);
  addCommonOptions(root, t);
  const commands: Commands = {
    t,
    root,
    add(words, about, parent = root) {
      const command = parent.command(words).description(t(about));
      command.helpOption("-h, --help", t("options.help"));
      addCommonOptions(command, t);
      return command;
    },
    group(name, about) {
      const command = commands.add(name, about);
      return command.helpCommand(false);
    },
    act<Options extends object>(
      command: Command,
      work: (run: Run, options: Options, args: string[]) => Promise<void>,
    ) {
      command.action(async (...given: unknown[]) => {
        const args = given
          .slice(0, -2)
          .flat()
          .filter((arg) => arg !== undefined) as string[];
        const above = command.parent === null ? {} : command.parent.opts();
        const all = [root.opts(), above, command.opts()];
        const input = all.every((opts) => opts.input !== false);
        const options = Object.assign({}, ...all, { input }) as Options & CommonOptions;
        await work(new Run(options, surroundings), options, args);
      });
    },
  };
  for (const add of [
    addLogin,
    addRegister,
    addList,
    addShow,
    addVersions,
    addDownload,
    addLoad,
    addAlias,
    addStage,
    addConvert,
    addCompare,
    addDelete,
    addScan,
    addShare,
    addToken,
    addAudit,
    addDoctor,
    addCompletion,
  ])
    add(commands);
  return root;
}

function addCommonOptions(command: Command, t: Translate): void {
  for (const option of [
    new Option("--url <url>", t("options.url")),
    new Option("--token <token>", t("options.token")),
    new Option("--json", t("options.json")),
    new Option("-q, --quiet", t("options.quiet")),
    new Option("-y, --yes", t("options.yes")),
    new Option("--no-input", t("options.noInput")),
    new Option("--lang <language>", t("options.lang")),
  ])
    command.addOption(option);
}

/** commander's own titles; all else of a help text is ours. */
function translatedHelp(t: Translate): Partial<Help> {
  const titles: Record<string, MessageKey> = {
    "Usage:": "help.usage",
    "Arguments:": "help.arguments",
    "Options:": "help.options",
    "Commands:": "help.commands",
  };
  const standard = new Help();
  return {
    styleTitle: (title) => {
      const key = titles[title];
      return key === undefined ? title : t(key);
    },
    optionDescription: (option) => {
      const choices = option.argChoices ? ` (${option.argChoices.join(", ")})` : "";
      return `${option.description}${choices}`;
    },
    subcommandTerm: (command) => standard.subcommandTerm(command),
  };
}

const USAGE: Record<string, MessageKey> = {
  "commander.unknownOption": "usage.unknownOption",
  "commander.unknownCommand": "usage.unknownCommand",
  "commander.missingArgument": "usage.missingArgument",
  "commander.missingMandatoryOptionValue": "usage.missingOption",
  "commander.optionMissingArgument": "usage.optionMissingArgument",
  "commander.excessArguments": "usage.excessArguments",
  "commander.invalidArgument": "usage.invalidArgument",
};

/** Null where commander has printed what was asked for: a help text, or the version. */
export function usageFailure(error: CommanderError, t: Translate): Failure | null {
  if (error.exitCode === 0) return null;
  // A group without a command prints its help.
  if (error.code === "commander.help") return new Failure(EXIT.usage, t("usage.noCommand"));
  const key = USAGE[error.code];
  const what = [...error.message.matchAll(/'([^']*)'/g)].map((found) => found[1]).join(" ");
  const sentence = key === undefined ? error.message : t(key, { what });
  const [, allowed] = /Allowed choices are (.*)\.$/.exec(error.message) ?? [];
  const [, rule = ""] = /is invalid\. (.*)$/s.exec(error.message) ?? [];
  const why = allowed === undefined ? rule : t("usage.allowed", { choices: allowed });
  const help = t("usage.help", { program: PROGRAM });
  return new Failure(EXIT.usage, [sentence, why, help].filter(Boolean).join(" "));
}
