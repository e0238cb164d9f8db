import { DamagedBackupError } from "../../lib/backup/restore-backup.ts";
import { ConfigError } from "../../lib/config/config-error.ts";
import { DatabaseStartError } from "../../lib/db/database-start-error.ts";
import { isRegistryError } from "../../lib/errors.ts";
import { DatabaseNotEmptyError } from "../../lib/models/rebuild-registry.ts";
import { CommandError } from "./command-error.ts";
import {
  type Arguments,
  type CommandShape,
  type Options,
  readArguments,
} from "./read-arguments.ts";

const EXPECTED = [
  ...[CommandError, ConfigError, DatabaseStartError],
  ...[DamagedBackupError, DatabaseNotEmptyError],
];

/**
 * Runs a command and sets the code that the process ends with; asked for help it does nothing else. Ctrl-C and SIGTERM abort the
 * signal; what has been done by then stays, and the command goes on from there.
 */
export async function runCommand<O extends Options>(
  shape: CommandShape<O>,
  work: (given: Arguments<O>, signal: AbortSignal) => Promise<number>,
): Promise<void> {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(name, () =>
      stop.abort(new CommandError("It was stopped. Run it again to go on.")),
    );
  try {
    const given = readArguments(shape);
    if (given === null) console.log(shape.usage);
    else process.exitCode = await work(given, stop.signal);
  } catch (error) {
    const told = stop.signal.aborted ? stop.signal.reason : error;
    if (isRegistryError(told)) console.error(`\n${told.detail}`);
    else if (EXPECTED.some((kind) => told instanceof kind))
      console.error(`\n${(told as Error).message}`);
    else console.error(told);
    process.exitCode = 1;
  }
}
