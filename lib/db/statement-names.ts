/**
 * Names under which PostgreSQL keeps parsed statements, per connection. A name is given from the second time on that a text is seen, and
 * to a bounded number of texts: a list of another length is another text.
 */
import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";

/** Each costs a connection some 50 KB in PostgreSQL. */
const NAMED_MAX = 200;
/** Texts of which one may be named, when it comes again. */
const SEEN_MAX = 1_000;

/** Others, such as COMMIT, have no plan to keep. */
const PLANNED = /^\s*(select|insert|update|delete|with)\b/i;

export function statementNames(): (query: { sql: string }) => string | undefined {
  const seen = new LRUCache<string, true>({ max: SEEN_MAX });
  const names = new Map<string, string>();
  return ({ sql }) => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    // A column that a migration adds would change the result of a prepared `select *`, which PostgreSQL refuses.
    if (names.size >= NAMED_MAX || sql.includes("*") || !PLANNED.test(sql)) return undefined;
    if (!seen.has(sql)) {
      seen.set(sql, true);
      return undefined;
    }
    const name = `p${createHash("sha256").update(sql).digest("hex").slice(0, 32)}`;
    names.set(sql, name);
    return name;
  };
}
