import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * curl is the client of every throughput benchmark: the same for the product and for its baseline. `launcher` is a program
 * that starts it, such as `taskset -c 0`.
 */
export async function curl(
  args: readonly string[],
  launcher: readonly string[] = [],
): Promise<{ seconds: number; status: number }> {
  const format = ["-s", "-S", "-o", "/dev/null", "-w", "%{time_total} %{http_code}"];
  const [command = "", ...rest] = [...launcher, "curl", ...format, ...args];
  const { stdout } = await run(command, rest, { maxBuffer: 1 << 20 });
  const [seconds = "", status = ""] = stdout.split(" ");
  return { seconds: Number(seconds), status: Number(status) };
}

/** Processor time of a process so far, seconds: proc_pid_stat(5), in ticks of 10 ms on every Linux. */
export async function cpuSeconds(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, "latin1");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export async function isInstalled(program: string): Promise<boolean> {
  return run("sh", ["-c", `command -v ${program}`]).then(
    () => true,
    () => false,
  );
}

export type Running = { child: ChildProcess; match: RegExpExecArray; stop: () => Promise<void> };

/** Starts a program and waits until what it says matches. Throws with its last words when it ends before. */
export async function startProgram(
  command: string,
  args: readonly string[],
  options: { ready: RegExp; env?: Record<string, string | undefined>; timeoutMs?: number },
): Promise<Running> {
  const child = spawn(command, args, {
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  const match = await new Promise<RegExpExecArray>((resolve, reject) => {
    const fail = (reason: string) => {
      child.kill();
      reject(new Error(`${command} ${args.join(" ")} ${reason}:\n${said.slice(-2000)}`));
    };
    const timer = setTimeout(() => fail("did not get ready"), options.timeoutMs ?? 60_000);
    const listen = (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-100_000);
      const found = options.ready.exec(said);
      if (!found) return;
      clearTimeout(timer);
      resolve(found);
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.once("error", reject);
    child.once("exit", () => fail("ended"));
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
  };
  return { child, match, stop };
}
