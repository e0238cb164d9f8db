import type { SpawnOptions } from "node:child_process";

/** Runs a program to its end: its exit code and all that it printed. */
export function runProgram(
  program: string,
  args: readonly string[],
  options?: SpawnOptions & { show?: boolean },
): Promise<{ code: number; signal: NodeJS.Signals | null; output: string }>;
