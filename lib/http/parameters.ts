/** The parameters of a request's path and query, as texts, before any schema sees them. */

import { fieldRefusal, jsonPointer } from "#lib/wire/field-refusal.ts";
import { textProblem } from "#lib/wire/storable-text.ts";
import type { ApiRequest } from "./api-request.ts";

/** A parameter that is given several times is a list. */
export type Parameters = Record<string, string | string[]>;

/**
 * The query, decoded strictly (URLSearchParams forgives text that is no percent-encoded UTF-8). The object has no
 * prototype, so that `__proto__` is an unknown name like any other. Throws `invalid_request`.
 */
export function readQuery(request: ApiRequest): Parameters {
  const query: Parameters = Object.create(null);
  for (const pair of rawQuery(request).split("&")) {
    if (pair === "") continue;
    const [rawName = "", ...rest] = pair.split("=");
    const name = decode(rawName);
    const value = decode(rest.join("="));
    if (name === null || value === null)
      throw refusal(name ?? rawName, "is not percent-encoded UTF-8");
    const before = query[name];
    query[name] = before === undefined ? value : [before, value].flat();
  }
  return query;
}

/** The query as the client sent it. */
function rawQuery({ url }: ApiRequest): string {
  const start = url.indexOf("?");
  return start < 0 ? "" : (url.slice(start + 1).split("#", 1)[0] ?? "");
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return null;
  }
}

/** Throws `invalid_request` for a text that could neither be stored nor found. */
export function assertStorable(parameters: Parameters): void {
  for (const [name, value] of Object.entries(parameters)) {
    for (const text of [name, value].flat()) {
      const problem = textProblem(text);
      if (problem !== null) throw refusal(name, problem);
    }
  }
}

function refusal(name: string, detail: string) {
  return fieldRefusal([{ pointer: jsonPointer([name]), detail }], "A parameter");
}
