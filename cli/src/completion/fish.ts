import { type CommandShape, shellWord } from "./command-shape.ts";

/** `model-registry completion fish > ~/.config/fish/completions/model-registry.fish` */
export function fishScript(commands: readonly CommandShape[]): string {
  const names = commands.filter(({ words }) => words.length === 1).map(({ words }) => words[0]);
  const lines = commands.flatMap((command) => {
    const [name, subcommand] = command.words;
    const seen = [name, subcommand].filter((word) => word !== undefined);
    const isHere = (isLast: boolean) => {
      const after = seen.map((word) => `__fish_seen_subcommand_from ${word}`);
      const others =
        name === undefined ? names : subcommand === undefined ? command.subcommands : [];
      const not =
        isLast && others.length > 0 ? [`not __fish_seen_subcommand_from ${others.join(" ")}`] : [];
      return shellWord([...after, ...not].join("; and ") || "true");
    };
    const about = (word: string) =>
      commands.find(({ words }) => words.join(" ") === [...seen, word].join(" "))?.about ?? "";
    return [
      ...command.subcommands.map(
        (word) => `-f -n ${isHere(true)} -a ${word} -d ${shellWord(about(word))}`,
      ),
      ...(command.choices.length > 0
        ? [`-f -n ${isHere(false)} -a ${shellWord(command.choices.join(" "))}`]
        : []),
      ...command.options.map(({ flags, about: text, choices, takesValue }) =>
        [
          `-n ${isHere(false)}`,
          ...flags.map((flag) =>
            flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
          ),
          takesValue ? "-r" : "",
          choices.length > 0 ? `-f -a ${shellWord(choices.join(" "))}` : "",
          `-d ${shellWord(text)}`,
        ]
          .filter(Boolean)
          .join(" "),
      ),
    ];
  });
  return [
    "# model-registry completion for fish",
    ...lines.map((line) => `complete -c model-registry ${line}`),
    "",
  ].join("\n");
}
