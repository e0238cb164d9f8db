/** What a command is given: the server, the streams, the language, and what the person allowed. */
import { join } from "node:path";
import { EXIT } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import { Registry } from "./http/registry.ts";
import type { Language, Translate } from "./messages/translate.ts";
import { chooseServer, type Server } from "./settings/choose-server.ts";
import { credentialsFile, readCredentials } from "./settings/credentials.ts";
import { cacheFolder, type Env } from "./settings/folders.ts";
import { Output, type Streams } from "./terminal/output.ts";
import { Progress } from "./terminal/progress.ts";
import { ask } from "./terminal/prompt.ts";
import { bytesText } from "./terminal/values.ts";

/** The options that every command has. */
export type CommonOptions = {
  url?: string;
  token?: string;
  json?: boolean;
  quiet?: boolean;
  yes?: boolean;
  /** `--no-input` makes it false. */
  input?: boolean;
};

export type Surroundings = {
  env: Env;
  streams: Streams;
  /** Whether a person sits there who can answer. */
  isInteractive: boolean;
  signal: AbortSignal;
  language: Language;
  t: Translate;
};

export class Run {
  readonly out: Output;
  readonly env: Env;
  readonly signal: AbortSignal;
  readonly language: Language;
  readonly t: Translate;
  readonly flags: CommonOptions;
  readonly canAsk: boolean;
  readonly #streams: Streams;
  #bar: Progress | null = null;
  #server: Promise<Server> | null = null;
  #registry: Promise<Registry> | null = null;

  constructor(flags: CommonOptions, surroundings: Surroundings) {
    const { env, streams, signal, language, t } = surroundings;
    this.flags = flags;
    this.env = env;
    this.signal = signal;
    this.language = language;
    this.t = t;
    this.canAsk = surroundings.isInteractive && flags.input !== false;
    this.#streams = streams;
    this.out = new Output(streams, { json: flags.json === true, quiet: flags.quiet === true, env });
  }

  server(): Promise<Server> {
    this.#server ??= this.#chooseServer();
    return this.#server;
  }

  registry(): Promise<Registry> {
    this.#registry ??= this.server().then(({ url, token }) => this.registryAt(url, token));
    return this.#registry;
  }

  registryAt(url: string, token: string | null): Registry {
    const { t, signal } = this;
    const onWait = (seconds: number) => this.say(t("http.waiting", { url, seconds }));
    return new Registry({ url, token, t, signal, onWait });
  }

  say(text: string): void {
    this.#bar?.clear();
    this.out.say(text);
  }

  bytes(count: number): string {
    return bytesText(count, this.language);
  }

  /** Where it is noted which uploads were begun. */
  get uploadsFolder(): string {
    return join(cacheFolder(this.env), "uploads");
  }

  /** Removes the bar at the end, also of a failure. */
  async withProgress<T>(
    label: string,
    totalBytes: number,
    work: (bar: Progress) => Promise<T>,
  ): Promise<T> {
    const { language } = this;
    const bar = new Progress(this.#streams.stderr, {
      label,
      totalBytes,
      isQuiet: this.out.isQuiet,
      language,
    });
    this.#bar = bar;
    try {
      return await work(bar);
    } finally {
      bar.clear();
      this.#bar = null;
    }
  }

  /** Before what cannot simply be undone. Throws unless the person agrees, or `--yes` did. */
  async confirm(question: string): Promise<void> {
    const { t } = this;
    if (this.flags.yes) return;
    if (!this.canAsk) throw new Failure(EXIT.usage, t("confirm.impossible"));
    const answer = await ask(`${question} ${t("confirm.hint")} `);
    if (!t("confirm.agree").split(" ").includes(answer.trim().toLowerCase()))
      throw new Failure(EXIT.failed, t("confirm.refused"));
  }

  async #chooseServer(): Promise<Server> {
    const file = credentialsFile(this.env);
    const credentials = await readCredentials(file, (problem) =>
      this.say(this.t(`credentials.${problem}`, { file })),
    );
    return chooseServer(this.flags, this.env, credentials, this.t);
  }
}
