/**
 * The parameters of a call, from the query or the JSON body, read as MLflow's server reads them: unknown ones are ignored, and
 * what is wrong is told in its words. Throws `invalid_request`.
 */
import { RegistryError } from "#lib/errors.ts";
import type { ApiRequest } from "#lib/http/api-request.ts";
import type { Parameters } from "#lib/http/parameters.ts";
import { readJson } from "#lib/http/read-json.ts";

const SEE = " See the API docs for more information about request parameters.";
/** What an answer repeats of a wrong value. */
const SHOWN_MAX_LENGTH = 200;
const INT_MAX = 2 ** 31 - 1;

export class Given {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #isQuery: boolean;

  private constructor(values: Readonly<Record<string, unknown>>, isQuery: boolean) {
    this.#values = values;
    this.#isQuery = isQuery;
  }

  /** Of a call whose body is a file. */
  static readonly none = new Given({}, true);

  static async of(request: ApiRequest, query: Parameters): Promise<Given> {
    const { headers, method } = request;
    const hasBody =
      headers.has("transfer-encoding") || Number(headers.get("content-length") ?? "0") > 0;
    const isWeb = request.body !== undefined && request.body !== null;
    if (method === "GET" || method === "HEAD" || !(hasBody || isWeb)) return new Given(query, true);
    const body = await readJson(request);
    if (typeof body !== "object" || body === null || Array.isArray(body))
      throw new RegistryError("invalid_request", "The body must be a JSON object.");
    return new Given(body as Record<string, unknown>, false);
  }

  /** A text, `""` where it is missing or null. */
  text(name: string): string {
    const value = this.#valueOf(name);
    if (value === undefined || value === null) return "";
    if (typeof value === "string") return value;
    throw wrong(name, value);
  }

  /** null where it is missing. */
  maybe(name: string): string | null {
    const value = this.#valueOf(name);
    return value === undefined || value === null ? null : this.text(name);
  }

  required(name: string): string {
    const value = this.text(name);
    if (value !== "") return value;
    throw new RegistryError(
      "invalid_request",
      `Missing value for required parameter '${name}'.${SEE}`,
    );
  }

  flag(name: string): boolean {
    const value = this.#valueOf(name);
    if (value === undefined || value === null) return false;
    if (typeof value === "boolean") return value;
    const text = this.#isQuery ? String(value).toLowerCase() : "";
    if (text === "true" || text === "false") return text === "true";
    throw wrong(name, value);
  }

  /** A whole number from 1 to `max`. */
  count(name: string, { otherwise, max }: { otherwise: number; max: number }): number {
    const value = this.#valueOf(name);
    if (value === undefined || value === null) return otherwise;
    const number = typeof value === "string" && /^-?\d{1,18}$/.test(value) ? Number(value) : value;
    if (typeof number !== "number" || !Number.isInteger(number) || Math.abs(number) > INT_MAX)
      throw wrong(name, value);
    if (number >= 1 && number <= max) return number;
    throw new RegistryError(
      "invalid_request",
      `Invalid value ${number} for parameter '${name}' supplied. It must be from 1 to ${max}.${SEE}`,
    );
  }

  texts(name: string, max: number): string[] {
    const value = this.#values[name];
    if (value === undefined || value === null) return [];
    const list: unknown[] = Array.isArray(value) ? value : this.#isQuery ? [value] : [null];
    if (list.length > max)
      throw new RegistryError("invalid_request", `'${name}' has over ${max} items.`);
    return list.map((item) => {
      if (typeof item === "string") return item;
      throw wrong(name, value);
    });
  }

  /** `[{key, value}]`; of a key that comes twice the last one counts. */
  tags(name: string): Record<string, string> {
    const value = this.#values[name];
    if (value === undefined || value === null) return {};
    if (!Array.isArray(value)) throw wrong(name, value);
    const tags = new Map<string, string>();
    for (const tag of value as unknown[]) {
      const { key, value: text = "" } = (typeof tag === "object" && tag !== null ? tag : {}) as {
        key?: unknown;
        value?: unknown;
      };
      // An object drops this key without a word.
      const isKey = typeof key === "string" && key !== "__proto__";
      if (!isKey || typeof text !== "string") throw wrong(name, tag);
      tags.set(key, text);
    }
    return Object.fromEntries(tags);
  }

  #valueOf(name: string): unknown {
    const value = Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
    // Of a parameter that is given several times MLflow's server reads the first.
    return this.#isQuery && Array.isArray(value) ? value[0] : value;
  }
}

function wrong(name: string, value: unknown): RegistryError {
  const shown = JSON.stringify(value).slice(0, SHOWN_MAX_LENGTH);
  return new RegistryError(
    "invalid_request",
    `Invalid value ${shown} for parameter '${name}' supplied:  Hint: Value was of type '${typeOf(value)}'.${SEE}`,
  );
}

/** As Python calls it. */
function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "list";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  if (typeof value === "boolean") return "bool";
  return typeof value === "object" ? "dict" : "str";
}
