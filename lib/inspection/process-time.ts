import { readFile } from "node:fs/promises";

/** Linux counts in hundredths of a second, whatever the machine's clock does. */
const TICK_MS = 10;

/**
 * Processor time that a process has taken so far, in milliseconds. Where the system does not say (it is not Linux),
 * the time on the clock, which is never less while the process works in one thread.
 */
export async function cpuMsOfProcess(pid: number | undefined): Promise<number> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "latin1");
    // The name before it may have spaces and brackets in it. Fields as proc_pid_stat(5) numbers them.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[14 - 3]) + Number(fields[15 - 3])) * TICK_MS;
  } catch {
    return performance.now();
  }
}
