import { runCommandLine } from "./command-line.ts";
import { closeConnections } from "./http/exchange.ts";

/** Ctrl-C ends the command at a safe place; a second one ends it at once. */
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => interrupted.abort(new Error(signal)));
// `model-registry list | head`: whoever reads has enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  streams: { stdout: process.stdout, stderr: process.stderr },
  isInteractive: Boolean(process.stdin.isTTY && process.stderr.isTTY),
  signal: interrupted.signal,
});
closeConnections();
