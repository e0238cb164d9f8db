import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { routeTables } from "../../app/route-tables.ts";
import { SYSTEM } from "../../lib/access/actor.ts";
import { readAuditKey } from "../../lib/audit/audit-chain.ts";
import { shortPublicKey } from "../../lib/audit/audit-keys.ts";
import { composeServices, type Services } from "../../lib/compose.ts";
import type { Config } from "../../lib/config/config.ts";
import { wantsTracing } from "../../lib/config/tracing-environment.ts";
import { AllowedHosts } from "../../lib/http/allowed-hosts.ts";
import { ClientAddress } from "../../lib/http/client-address.ts";
import { RouteServer } from "../../lib/http/serve-routes.ts";
import { aggregateMetrics } from "../../lib/metrics/render-metrics.ts";
import { watchCache, watchProcess } from "../../lib/metrics/request-metrics.ts";
import { type Traffic, watchTraffic } from "../../lib/metrics/traffic.ts";
import { ProcessMeter } from "../../lib/monitoring/measure-process.ts";
import { Sampler } from "../../lib/monitoring/sampler.ts";
import { gatePage, INSTANCE_VERSION, provideServices } from "../../lib/server.ts";
import { startTracing } from "../../lib/tracing/start-tracing.ts";
import { HttpServer } from "./http-server.ts";
import { openNext } from "./next-app.ts";
import { PagePaths } from "./page-paths.ts";
import { say, timed } from "./say.ts";
import { Screen } from "./screen-request.ts";
import { askMetrics, workerNumber } from "./worker-processes.ts";

/**
 * A database that does not answer never releases the work that waits for it, so closing is cut after this time;
 * acknowledged changes are durable, as after a kill. With the time for requests in flight it fits the 30 s that
 * Kubernetes gives a container.
 */
const CLOSE_TIMEOUT_MS = 8_000;

export class CloseTimeout extends Error {}

type Options = {
  projectFolder: string;
  isDevelopment: boolean;
  /** Whether jobs run here. */
  background: boolean;
};

/** The part that answers requests: the port, the services, the routes and the pages. */
export class Serving {
  readonly #config: Config;
  readonly #options: Options;
  readonly #hosts: AllowedHosts;
  readonly #routes = new RouteServer(routeTables);
  readonly #http: HttpServer;
  readonly #traffic: () => Traffic;
  #sampler: Sampler | null = null;
  #endTracing: () => Promise<void> = async () => {};
  #services: Services | null = null;

  constructor(config: Config, options: Options) {
    this.#config = config;
    this.#options = options;
    this.#hosts = new AllowedHosts({
      configured: config.api.allowedHosts,
      boundTo: config.api.host.toLowerCase(),
      machine: hostname().toLowerCase(),
    });
    const pages = new PagePaths(resolve(options.projectFolder, "app"));
    this.#http = new HttpServer({
      idleTimeoutMs: config.uploads.idleTimeoutMs,
      screen: new Screen(this.#hosts, this.#routes, pages),
      upgradePath: options.isDevelopment ? "/_next/" : null,
      clients: new ClientAddress(config.api.trustedProxies),
    });
    this.#traffic = watchTraffic(this.#http.server);
  }

  /** Those that requests may name this server by, besides localhost. */
  get names(): readonly string[] {
    return this.#hosts.names();
  }

  /** Takes the port; until `start` has ended every answer is 503. Gives the URL. Throws ListenError. */
  listen(): Promise<string> {
    return this.#http.listen(this.#config.api.host, this.#config.api.port);
  }

  async start(databaseUrl: string): Promise<void> {
    const { projectFolder, isDevelopment, background } = this.#options;
    const config = { ...this.#config, database: { ...this.#config.database, url: databaseUrl } };
    const worker = workerNumber();
    // Before the connections and the store are there, which it follows.
    if (wantsTracing()) this.#endTracing = await startTracing(INSTANCE_VERSION);
    this.#services = await composeServices(
      worker === null ? config : withOwnCache(config, worker),
      {
        background,
      },
    );
    provideServices(this.#services);
    if (background)
      say(
        "Audit",
        `checkpoints are signed by ${shortPublicKey(await readAuditKey(this.#services.db))}`,
      );
    const { blobs, db } = this.#services;
    watchCache(() => blobs.cacheStats());
    watchProcess({ traffic: this.#traffic, pool: () => db.connections() });
    if (worker !== null) aggregateMetrics(askMetrics);
    nameForSignIn(config);
    const open = () => openNext(projectFolder, isDevelopment, this.#http.server);
    const next =
      worker === null
        ? await timed("Server", open, () => `Node ${process.versions.node}, process ${process.pid}`)
        : await open();
    this.#sampler = this.#startSampler(this.#services);
    this.#http.serve({ routes: isDevelopment ? null : this.#routes, pages: next, gate: gatePage });
  }

  get services(): Services {
    if (this.#services === null) throw new Error("the services are not started");
    return this.#services;
  }

  /** Requests in flight still need the services and the database, so they end first. */
  async end(): Promise<void> {
    // Otherwise a request in which an agent waits for a load would hold the end up.
    this.#services?.agents.end();
    await this.#http.drain();
    if (this.#services === null) return;
    const services = this.#services;
    const timeout = sleep(CLOSE_TIMEOUT_MS).then(() => {
      const waited = `${CLOSE_TIMEOUT_MS / 1000} s`;
      throw new CloseTimeout(
        `Does the database answer? What works with it has not ended within ${waited}.`,
      );
    });
    const close = async () => {
      await this.#sampler?.stop();
      await services.close();
      await this.#endTracing();
    };
    await Promise.race([close(), timeout]);
  }

  /** A server keeps its name over restarts: the machine, the port, and which process behind it. */
  #startSampler({ createContext, blobs, db, lanes }: Services): Sampler {
    const { port } = this.#http.server.address() as AddressInfo;
    const worker = workerNumber();
    const name = `${hostname()}:${port}${worker === null ? "" : `/${worker}`}`;
    const sampler = new Sampler(
      createContext({ requestId: null, address: null, actor: SYSTEM }),
      {
        name,
        version: INSTANCE_VERSION,
        startedAt: new Date(Date.now() - process.uptime() * 1000),
        lanes,
      },
      new ProcessMeter({
        traffic: this.#traffic,
        cache: () => blobs.cacheStats(),
        pool: () => db.connections(),
      }),
    );
    sampler.start();
    return sampler;
  }
}

/** next-auth reads from the environment by which name browsers reach it: the configured one, or that of the request. */
function nameForSignIn({ api }: Config): void {
  if (api.publicUrl === null) process.env.AUTH_TRUST_HOST = "true";
  else process.env.NEXTAUTH_URL = api.publicUrl;
}

/** Processes cannot evict each other's files, so that each has a folder and its share of the room. */
function withOwnCache(config: Config, worker: number): Config {
  const { storage, api } = config;
  const cacheSizeBytes = Math.floor(storage.cacheSizeBytes / api.workers);
  return { ...config, storage: { ...storage, cacheSizeBytes, cacheFolder: `worker-${worker}` } };
}
