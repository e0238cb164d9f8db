import { type CommandShape, shellWord } from "./command-shape.ts";

/** For bash from 3.2 on, which macOS has. */
export function bashScript(commands: readonly CommandShape[]): string {
  const cases = commands.map((command) => {
    const flags = command.options.flatMap((option) => option.flags);
    const words = [...command.subcommands, ...command.choices, ...flags].join(" ");
    const values = command.options
      .filter(({ choices }) => choices.length > 0)
      .map(
        ({ flags: names, choices }) =>
          `${names.join("|")}) words=${shellWord(choices.join(" "))} files="" ;;`,
      );
    return [
      `    ${shellWord(command.words.join(" "))})`,
      `      words=${shellWord(words)}`,
      ...(command.takesFiles ? ["      files=1"] : []),
      ...(values.length > 0 ? [`      case "$previous" in ${values.join(" ")} esac`] : []),
      "      ;;",
    ].join("\n");
  });
  const groups = commands.filter(
    ({ words, subcommands }) => words.length === 1 && subcommands.length > 0,
  );
  const names = commands.filter(({ words }) => words.length === 1).map(({ words }) => words[0]);
  return `# model-registry completion for bash:  source <(model-registry completion bash)
_model_registry() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local command="" words="" files="" word index
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    case "$command" in
      "") case " ${names.join(" ")} " in *" $word "*) command="$word" ;; esac ;;
      ${groups.map(({ words }) => words[0]).join("|") || "-"}) case "$word" in -*) ;; *) command="$command $word" ;; esac ;;
    esac
  done
  case "$command" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ -n "$files" ] || [ "$previous" = -o ] || [ "$previous" = --output ]; then
    COMPREPLY+=($(compgen -f -- "$current"))
  fi
}
complete -o default -F _model_registry model-registry
`;
}
