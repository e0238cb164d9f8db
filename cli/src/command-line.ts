import { CommanderError } from "commander";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import { chooseLanguage, type Translate, translator } from "./messages/translate.ts";
import { createProgram, usageFailure } from "./program.ts";
import type { Surroundings } from "./run.ts";
import { printable } from "./terminal/printable.ts";

/** Runs one command and gives its exit code; whatever goes wrong becomes a sentence on stderr. */
export async function runCommandLine(
  args: readonly string[],
  given: Omit<Surroundings, "language" | "t">,
): Promise<number> {
  const language = chooseLanguage(languageOption(args), given.env);
  const t = translator(language);
  const program = createProgram({ ...given, language, t });
  try {
    await program.parseAsync(args, { from: "user" });
    return EXIT.ok;
  } catch (error) {
    const failure = failureOf(error, given.signal, t);
    if (failure === null) return EXIT.ok;
    given.streams.stderr.write(`${printable(failure.message)}\n`);
    return failure.exitCode;
  }
}

/** Known before the program is built, because its help texts are in the language. */
function languageOption(args: readonly string[]): string | undefined {
  const end = args.indexOf("--");
  const options = end === -1 ? args : args.slice(0, end);
  const at = options.indexOf("--lang");
  if (at !== -1) return options[at + 1];
  return options.find((arg) => arg.startsWith("--lang="))?.slice("--lang=".length);
}

function failureOf(error: unknown, signal: AbortSignal, t: Translate): Failure | null {
  if (signal.aborted) return new Failure(EXIT.interrupted, t("interrupted"));
  if (error instanceof CommanderError) return usageFailure(error, t);
  if (error instanceof Failure) return error;
  return new Failure(exitCodeOf(error), sentenceOf(error, t), { cause: error });
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && "syscall" in error;

function exitCodeOf(error: unknown): ExitCode {
  return isSystemError(error) ? EXIT.local : EXIT.failed;
}

function sentenceOf(error: unknown, t: Translate): string {
  if (isSystemError(error) && error.code === "ENOSPC")
    return t("local.full", { path: error.path ?? "" });
  const why = error instanceof Error ? error.message : String(error);
  return t(isSystemError(error) ? "local.failed" : "unexpected", { why });
}
