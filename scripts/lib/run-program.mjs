import { spawn } from "node:child_process";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];
const PARENT_CHECK_MS = 250;

/**
 * Runs a program to its end. Resolves to its exit code and all that it printed; with `show`, prints it as well.
 * Standard input is closed: nothing that runs here may wait for an answer. A signal to this script ends the program
 * (with all that it started) and the script.
 */
export async function runProgram(program, args, { show = false, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...options,
      // The program leads a process group, which can be ended as a whole.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const endEverything = () => {
      endGroup(child);
      process.exit(1);
    };
    for (const signal of SIGNALS) process.on(signal, endEverything);
    const stopWatching = onNpmEnd(endEverything);
    const settle = (act) => {
      for (const signal of SIGNALS) process.off(signal, endEverything);
      stopWatching();
      act();
    };
    let output = "";
    const take = (stream) => (chunk) => {
      output += chunk;
      if (show) stream.write(chunk);
    };
    child.stdout.on("data", take(process.stdout));
    child.stderr.on("data", take(process.stderr));
    child.on("error", (error) => settle(() => reject(error)));
    child.on("close", (code, signal) => settle(() => resolve({ code: code ?? 1, signal, output })));
  });
}

/** How a failed program ended, with the last lines that it printed: for a sentence after its name. */
export function tellEnd({ code, signal, output }, lineCount = 15) {
  const end = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
  const lines = output.trim().split("\n").slice(-lineCount);
  if (lines[0] === "") return `${end} and printed nothing.`;
  return `${end}:\n${lines.map((line) => `    ${line}`).join("\n")}`;
}

/**
 * Calls `act` once npm, which started this script, is gone. SIGTERM to npm ends npm and its shell, and neither passes
 * it on: their end is the signal. Returns the function that ends the watch.
 */
export function onNpmEnd(act) {
  if (process.env.npm_lifecycle_event === undefined) return () => undefined;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    act();
  }, PARENT_CHECK_MS);
  return () => clearInterval(watch);
}

function endGroup(child) {
  try {
    process.kill(-child.pid, "SIGTERM");
  } catch {
    // The shell has ended in the same moment.
  }
}
