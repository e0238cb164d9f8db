/** Spans for statements, where tracing is on. The text has no values in it: these are parameters. */
import type pg from "pg";
import { inCallSpan } from "#lib/tracing/span.ts";

/** Of a statement: the beginning says which one it is. */
const TEXT_MAX_LENGTH = 2_000;

type Query = (...given: unknown[]) => unknown;

export function traceQueries(client: pg.Client): void {
  const query = client.query.bind(client) as Query;
  client.query = ((...given: unknown[]) => {
    const text = textOf(given[0]);
    // What is not a text, such as a stream of rows, reports by itself.
    if (text === null) return query(...given);
    const callback = given.at(-1);
    if (typeof callback !== "function")
      return inCallSpan(nameOf(text), about(text), async () => query(...given));
    const done = callback as (error: Error | null, result?: unknown) => void;
    inCallSpan(
      nameOf(text),
      about(text),
      () =>
        new Promise((resolve, reject) => {
          query(...given.slice(0, -1), (error: Error | null, result: unknown) => {
            if (error) reject(error);
            else resolve(result);
          });
        }),
    ).then(
      (result) => done(null, result),
      (error) => done(error as Error),
    );
    return undefined;
  }) as typeof client.query;
}

function textOf(asked: unknown): string | null {
  if (typeof asked === "string") return asked;
  const isSubmittable = typeof (asked as { submit?: unknown } | null)?.submit === "function";
  const { text } = (asked ?? {}) as { text?: unknown };
  return !isSubmittable && typeof text === "string" ? text : null;
}

/** `SELECT`, `INSERT`, `BEGIN` ... */
function nameOf(text: string): string {
  return /[a-z]+/i.exec(text)?.[0].toUpperCase() ?? "SQL";
}

function about(text: string) {
  const short = text.replace(/\s+/g, " ").trim().slice(0, TEXT_MAX_LENGTH);
  return {
    "db.system.name": "postgresql",
    "db.operation.name": nameOf(text),
    "db.query.text": short,
  };
}
