/**
 * The cluster agent as a child of the server: started again when it ends, and ended with the server. Its token comes by its
 * standard input, which no other process can read; when that ends, however the server ended, the agent ends as well.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { hostname } from "node:os";
import { createInterface, type Interface } from "node:readline";
import { SYSTEM } from "../../lib/access/actor.ts";
import {
  type AgentToken,
  renewAgentToken,
  revokeAgentToken,
} from "../../lib/accounts/agent-token.ts";
import type { Services } from "../../lib/compose.ts";
import { isRegistryError } from "../../lib/errors.ts";
import { type AgentPython, findPython } from "./find-python.ts";
import { say } from "./say.ts";

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** An agent that ran this long was well: the next pause is the first one again. */
const WELL_AFTER_MS = 60_000;
/** To tell of the loads that it works on, and to leave the cluster. */
const STOP_TIMEOUT_MS = 10_000;
/** A token lasts a day. */
const RENEW_TOKEN_MS = 12 * 60 * 60 * 1000;
const LINE_MAX_LENGTH = 500;

export class AgentProcess {
  readonly #services: Services;
  readonly #address: string;
  readonly #projectFolder: string;
  #child: ChildProcess | null = null;
  #token: AgentToken | null = null;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #renewal: NodeJS.Timeout | undefined;
  #isEnding = false;

  /** `address` is where this machine finds the server. */
  constructor(services: Services, address: string, projectFolder: string) {
    this.#services = services;
    this.#address = address;
    this.#projectFolder = projectFolder;
  }

  /** Says what happens. Looking for a Python takes seconds, for which no start has to wait. */
  async start(): Promise<void> {
    const { schedulerAddress, agent } = this.#services.config.cluster.dask;
    if (schedulerAddress === null || agent === "off") return;
    const found = await findPython(this.#projectFolder, process.env);
    if (this.#isEnding) return;
    if ("reason" in found) {
      say("Agent", `not started: ${found.reason}. To start one for ${schedulerAddress}:`);
      say(
        "",
        "pip install 'cluster-ai-model-registry[dask]', and MODEL_REGISTRY_PYTHON names that Python; or",
      );
      say(
        "",
        `MODEL_REGISTRY_URL=${this.#address} python -m model_registry.agent --scheduler ${schedulerAddress}`,
      );
      return;
    }
    say("Agent", `${found.command} -m model_registry.agent, for ${schedulerAddress}`);
    await this.#run(found);
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    clearTimeout(this.#timer);
    clearInterval(this.#renewal);
    const child = this.#child;
    if (child !== null && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      await ended;
      clearTimeout(late);
    }
    if (this.#token !== null)
      await revokeAgentToken(this.#system(), this.#token.id).catch(() => undefined);
  }

  async #run(python: AgentPython): Promise<void> {
    try {
      await this.#renewToken();
    } catch (error) {
      const reason = isRegistryError(error) ? error.detail : String(error);
      this.#startAgain(python, `it gets no token (${reason})`, 0);
      return;
    }
    if (this.#isEnding) return;
    const begun = Date.now();
    const child = spawn(python.command, ["-m", "model_registry.agent"], {
      env: { ...python.env, ...this.#environment() },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) tellLines(createInterface(stream));
    // It may end before it has read its token.
    child.stdin.on("error", () => undefined);
    this.#tellToken();
    const over = (reason: string) => {
      if (this.#child === child) this.#startAgain(python, reason, Date.now() - begun);
    };
    child.once("error", (error) => over(error.message));
    child.once("exit", (code, signal) => over(signal ?? `code ${code}`));
  }

  #environment(): Record<string, string> {
    const { api, cluster } = this.#services.config;
    const { port } = new URL(this.#address);
    const isEverywhere = api.host === "0.0.0.0" || api.host === "::";
    const elsewhere = isEverywhere ? `http://${hostname()}:${port}` : this.#address;
    return {
      MODEL_REGISTRY_URL: this.#address,
      MODEL_REGISTRY_WORKER_URL: api.publicUrl ?? elsewhere,
      MODEL_REGISTRY_SCHEDULER: cluster.dask.schedulerAddress ?? "",
      MODEL_REGISTRY_AGENT_STDIN: "1",
    };
  }

  #startAgain(python: AgentPython, reason: string, livedMs: number): void {
    this.#child = null;
    if (this.#isEnding) return;
    this.#failures = livedMs >= WELL_AFTER_MS ? 0 : this.#failures + 1;
    const pauseMs = Math.min(
      LONGEST_PAUSE_MS,
      FIRST_PAUSE_MS * 2 ** Math.max(0, this.#failures - 1),
    );
    say("Agent", `ended (${reason}); started again in ${Math.round(pauseMs / 1000)} s`);
    this.#services.log.warn({ operation: "agent", reason, pause_ms: pauseMs }, "agent ended");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#run(python), pauseMs);
  }

  async #renewToken(): Promise<void> {
    if (!this.#services.config.api.authRequired) return;
    const previous = this.#token?.id ?? null;
    this.#token = await renewAgentToken(this.#system(), { host: hostname(), previous });
    clearInterval(this.#renewal);
    this.#renewal = setInterval(() => {
      void this.#renewToken().then(
        () => this.#tellToken(),
        (error) => this.#services.log.warn({ operation: "agent_token", error }, "not renewed"),
      );
    }, RENEW_TOKEN_MS);
    this.#renewal.unref();
  }

  #tellToken(): void {
    if (this.#token !== null) this.#child?.stdin?.write(`token ${this.#token.token}\n`);
  }

  #system() {
    return this.#services.createContext({ requestId: null, address: null, actor: SYSTEM });
  }
}

function tellLines(lines: Interface): void {
  lines.on("line", (line) => say("Agent", line.slice(0, LINE_MAX_LENGTH)));
}
