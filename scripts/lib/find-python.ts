/** A Python that can run the cluster agent. */
import { execFile } from "node:child_process";
import { delimiter, resolve } from "node:path";
import { promisify } from "node:util";

/** An import of Dask on a busy machine takes seconds; one that hangs must not hold the start up. */
const PROBE_TIMEOUT_MS = 60_000;
const PROBE = "import distributed, model_registry.agent";

export type AgentPython = {
  command: string;
  env: NodeJS.ProcessEnv;
};

const run = promisify(execFile);

/** `reason` where none is found: the last line that the interpreter said. */
export async function findPython(
  projectFolder: string,
  environment: NodeJS.ProcessEnv,
): Promise<AgentPython | { reason: string }> {
  const command = environment.MODEL_REGISTRY_PYTHON || "python3";
  const env = agentEnvironment(projectFolder, environment);
  try {
    await run(command, ["-c", PROBE], { env, timeout: PROBE_TIMEOUT_MS });
    return { command, env };
  } catch (error) {
    const { code, stderr = "" } = error as { code?: string | number; stderr?: string };
    if (code === "ENOENT") return { reason: `there is no ${command}` };
    return { reason: stderr.trim().split("\n").at(-1) || `${command} does not answer` };
  }
}

/**
 * The environment without what is the server's own: its settings, and the keys of its database and store. The SDK of this
 * checkout comes first, so that agent and server are of one release.
 */
export function agentEnvironment(
  projectFolder: string,
  environment: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const own = /^(MODEL_REGISTRY_(?!CACHE(_SIZE)?$)|DATABASE_URL|NEXTAUTH_|AUTH_|AWS_|PG)/;
  const kept = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined || own.test(name) ? [] : [[name, value] as const],
  );
  const source = resolve(projectFolder, "python", "src");
  const path = environment.PYTHONPATH;
  return {
    ...(Object.fromEntries(kept) as NodeJS.ProcessEnv),
    PYTHONPATH: path ? source + delimiter + path : source,
    PYTHONUNBUFFERED: "1",
  };
}
