/**
 * Decides before a request is answered whether it is well-formed, meant for this server, and has a method that its
 * path knows.
 */
import type { IncomingMessage } from "node:http";
import { RegistryError } from "../../lib/errors.ts";
import { type AllowedHosts, readHostName } from "../../lib/http/allowed-hosts.ts";
import type { ErrorDialect } from "../../lib/http/problem.ts";
import { readRequestTarget, TargetRefusal } from "../../lib/http/request-target.ts";
import { METHODS } from "../../lib/http/route-table.ts";
import { RouteServer } from "../../lib/http/serve-routes.ts";
import type { PagePaths } from "./page-paths.ts";

/** A refusal, or the answer to OPTIONS: what the path allows. */
export type Verdict =
  | { error: RegistryError; headers?: Record<string, string> }
  | { allow: string };

export class Screen {
  readonly #hosts: AllowedHosts;
  readonly #routes: Pick<RouteServer, "methodsAt" | "dialectAt">;
  readonly #pages: PagePaths;

  constructor(
    hosts: AllowedHosts,
    routes: Pick<RouteServer, "methodsAt" | "dialectAt">,
    pages: PagePaths,
  ) {
    this.#hosts = hosts;
    this.#routes = routes;
    this.#pages = pages;
  }

  /** null when the request may pass. Then its URL is a path, and its Host header names the host that it is for. */
  judge(request: IncomingMessage): Verdict | null {
    const host = this.#readHost(request);
    if (host instanceof RegistryError) return { error: host };
    const { method = "", url = "" } = request;
    if (url === "*" && method === "OPTIONS") return { allow: METHODS.join(", ") };
    return this.#judgeMethod(method, RouteServer.pathOf(url, request.headers));
  }

  /** How the client of this request is told of errors. */
  dialectOf({ url = "/", headers }: IncomingMessage): ErrorDialect {
    return this.#routes.dialectAt(RouteServer.pathOf(url, headers));
  }

  /** The answer to a method that Node's parser does not know: nothing but the request line has been read. */
  refuseMethod(method: string, target: string): Verdict {
    const read = readRequestTarget(target);
    if (read instanceof TargetRefusal) return { error: targetError(read) };
    const verdict = this.#judgeMethod(method, RouteServer.pathOf(read.url, {}));
    return verdict ?? methodRefusal(method, METHODS);
  }

  #readHost(request: IncomingMessage): RegistryError | null {
    const { rawHeaders, headers, httpVersion } = request;
    const count = rawHeaders.filter((name, at) => at % 2 === 0 && isHost(name)).length;
    if (count > 1 || (count === 0 && httpVersion !== "1.0"))
      return new RegistryError("invalid_request", "A request has exactly one Host header.");
    if (request.url !== "*" || request.method !== "OPTIONS") {
      const target = readRequestTarget(request.url ?? "");
      if (target instanceof TargetRefusal) return targetError(target);
      request.url = target.url;
      // RFC 9112, section 3.2.2: the host of an absolute target counts, whatever the Host header says.
      if (target.authority !== null) headers.host = target.authority;
    }
    if (headers.host === undefined) return null;
    const name = readHostName(headers.host);
    if (name === null)
      return new RegistryError("invalid_request", "The Host header names no host.");
    if (this.#hosts.allows(name)) return null;
    return new RegistryError(
      "host_not_allowed",
      `This server does not answer to the name ${name.slice(0, 255)}. If it is meant to, its operator adds the name to ` +
        "api.allowed_hosts in config/model_registry.yaml (MODEL_REGISTRY_API__ALLOWED_HOSTS).",
    );
  }

  #judgeMethod(method: string, path: string): Verdict | null {
    const allowed = this.#routes.methodsAt(path) ?? this.#pages.methodsAt(path);
    if (method === "OPTIONS" && allowed) return { allow: allowed.join(", ") };
    if (allowed) return allowed.includes(method) ? null : methodRefusal(method, allowed);
    // An unknown path has an answer of its own, but for methods that Next does not know.
    if (METHODS.includes(method) && method !== "OPTIONS") return null;
    return { error: new RegistryError("not_found", `There is nothing at ${path}.`) };
  }
}

export function methodRefusal(method: string, allowed: readonly string[] = METHODS): Verdict {
  const allow = allowed.join(", ");
  const detail = `${method.slice(0, 50)} is not allowed here; allowed: ${allow}.`;
  return { error: new RegistryError("method_not_allowed", detail), headers: { Allow: allow } };
}

function targetError({ reason }: TargetRefusal): RegistryError {
  return new RegistryError("invalid_request", `The request's target ${reason}.`);
}

function isHost(name: string): boolean {
  return name.length === 4 && name.toLowerCase() === "host";
}
