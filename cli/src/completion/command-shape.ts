/** What the scripts need to know of a command. */
export type CommandShape = {
  /** Without the program's name; empty for the program itself. */
  words: readonly string[];
  about: string;
  subcommands: readonly string[];
  options: readonly {
    flags: readonly string[];
    about: string;
    choices: readonly string[];
    takesValue: boolean;
  }[];
  /** Of its arguments. */
  choices: readonly string[];
  takesFiles: boolean;
};

/** One word of a POSIX shell or of fish, whatever it contains. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("\\", "").replaceAll("'", "’").replace(/\s+/g, " ")}'`;
}
