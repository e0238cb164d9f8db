/** Which route answers a path and a method. */
import { RegistryError } from "#lib/errors.ts";
import type { Answer } from "./answer.ts";
import type { ApiRequest } from "./api-request.ts";
import type { Parameters } from "./parameters.ts";
import { PathTree } from "./path-tree.ts";
import { type ErrorDialect, problemAnswer } from "./problem.ts";
import { requestIdOf } from "./request-id.ts";

/** All methods, in the order in which an Allow header lists them. */
export const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

export type Endpoint = {
  method: string;
  path: string;
  answer: (request: ApiRequest, params: Parameters | undefined) => Promise<Answer>;
};

export type TableOptions = {
  prefix?: string;
  dialect?: ErrorDialect;
  /** Answers requests for paths that no endpoint has. */
  fallback?: Endpoint["answer"] | undefined;
};

type Place = { path: string; names: string[]; answers: Map<string, Endpoint["answer"]> };

/** The routes of one protocol: below one prefix, with one way of telling an error. */
export class RouteTable {
  readonly prefix: string;
  readonly dialect: ErrorDialect;
  readonly #fallback: Endpoint["answer"];
  readonly #tree = new PathTree<Place>();
  readonly #places = new Map<string, Place>();

  constructor(
    endpoints: readonly Endpoint[],
    { prefix = "", dialect = problemAnswer, fallback }: TableOptions = {},
  ) {
    this.prefix = prefix;
    this.dialect = dialect;
    this.#fallback = fallback ?? ((request) => Promise.resolve(this.#nothing(request)));
    for (const { method, path, answer } of endpoints) this.#place(path).answers.set(method, answer);
  }

  /** The methods that a path has, null where there is nothing. */
  methodsAt(path: string): readonly string[] | null {
    const found = this.#tree.find(this.#below(path));
    if (found === null) return null;
    const has = new Set([...found.value.answers.keys(), "OPTIONS"]);
    if (has.has("GET")) has.add("HEAD");
    return METHODS.filter((method) => has.has(method));
  }

  /** The answer to a request for one of the table's paths; `path` is without the query. */
  answer(request: ApiRequest, path: string): Promise<Answer> {
    const found = this.#tree.find(this.#below(path));
    const { method } = request;
    const answers = found?.value.answers;
    // RFC 9110, section 9.3.2: HEAD is GET without the body, unless a route has something simpler.
    const answer = answers?.get(method) ?? (method === "HEAD" ? answers?.get("GET") : undefined);
    if (!found || !answer) return this.#fallback(request, undefined);
    const { names } = found.value;
    const params = Object.fromEntries(names.map((name, at) => [name, found.values[at] ?? ""]));
    return answer(request, names.length === 0 ? undefined : params);
  }

  #nothing(request: ApiRequest): Answer {
    const requestId = requestIdOf(request.headers.get("x-request-id"));
    return this.dialect(new RegistryError("not_found", "There is nothing here."), requestId);
  }

  #below(path: string): string {
    return path.slice(this.prefix.length);
  }

  #place(path: string): Place {
    const known = this.#places.get(path);
    if (known) return known;
    const names = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = ""]) => name);
    const place: Place = { path, names, answers: new Map() };
    this.#places.set(path, place);
    this.#tree.add(path, place);
    return place;
  }
}
