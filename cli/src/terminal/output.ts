/** stdout has the data and nothing else; everything said to a person goes to stderr. */
import { printable } from "./printable.ts";

/** What is printed to: the process's own streams, or those of a test. */
export type Streams = {
  stdout: { write(text: string): unknown; isTTY?: boolean };
  stderr: { write(text: string): unknown; isTTY?: boolean; columns?: number };
};

export type Colour = "bold" | "dim" | "green" | "yellow" | "red";
const CODES: Record<Colour, number> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 };

export class Output {
  readonly #streams: Streams;
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  readonly #hasColour: boolean;

  constructor(
    streams: Streams,
    options: { json: boolean; quiet: boolean; env: Record<string, string | undefined> },
  ) {
    this.#streams = streams;
    this.isJson = options.json;
    this.isQuiet = options.quiet;
    // https://no-color.org: any value but the empty one.
    this.#hasColour =
      Boolean(streams.stdout.isTTY) && !options.env.NO_COLOR && options.env.TERM !== "dumb";
  }

  get isTerminal(): boolean {
    return Boolean(this.#streams.stdout.isTTY);
  }

  /** The answer: `value` for `--json`, else the lines. */
  result(value: unknown, lines: () => string | readonly string[]): void {
    if (this.isJson) {
      this.#streams.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
      return;
    }
    const shown = lines();
    for (const line of typeof shown === "string" ? [shown] : shown)
      this.#streams.stdout.write(`${line}\n`);
  }

  /** Lines of an answer that comes in pieces. */
  lines(lines: readonly string[]): void {
    for (const line of lines) this.#streams.stdout.write(`${line}\n`);
  }

  /** What went wrong without ending the command; `--quiet` leaves it. */
  warn(text: string): void {
    this.#streams.stderr.write(`${printable(text)}\n`);
  }

  /** Not data: progress in words, hints, warnings. */
  say(text: string): void {
    if (!this.isQuiet) this.#streams.stderr.write(`${printable(text)}\n`);
  }

  paint(colour: Colour, text: string): string {
    return this.#hasColour ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text;
  }

  /**
   * Rows under titles, aligned on a terminal. Elsewhere rows of tab-separated cells without titles, which `cut` and
   * `awk` take.
   */
  table(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
    const cells = rows.map((row) => row.map(printable));
    if (!this.isTerminal) return cells.map((row) => row.join("\t"));
    if (cells.length === 0) return [];
    const all = [titles, ...cells];
    const widths = titles.map((_, column) =>
      Math.max(...all.map((row) => row[column]?.length ?? 0)),
    );
    const line = (row: readonly string[]) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd();
    return [this.paint("bold", line(titles)), ...cells.map(line)];
  }

  /** `Name:  value` lines; facts without a value are left out. */
  facts(pairs: readonly (readonly [string, string | null | undefined])[]): string[] {
    const known = pairs.filter((pair): pair is [string, string] => Boolean(pair[1]));
    const width = Math.max(0, ...known.map(([name]) => name.length));
    return known.map(
      ([name, value]) => `${this.paint("dim", `${name}:`.padEnd(width + 2))} ${printable(value)}`,
    );
  }
}
