/** Lists of the registry come in pages. */
import type * as z from "zod/mini";
import type { Call, Registry } from "../http/registry.ts";
import { page } from "../wire.ts";

/** The most that one request gives. */
const PAGE_MAX = 200;
export type List<T> = { items: T[]; next_cursor: string | null; total: number };

/** Up to `limit` items, or all with null, by as many requests as that takes. */
export async function listPages<T>(
  registry: Registry,
  call: Omit<Call, "method">,
  item: z.ZodMiniType<T>,
  limit: number | null,
): Promise<List<T>> {
  const items: T[] = [];
  let cursor: string | null = null;
  for (;;) {
    const left: number = limit === null ? PAGE_MAX : Math.min(PAGE_MAX, limit - items.length);
    const query = { ...call.query, limit: left, cursor: cursor ?? undefined };
    const answer: List<T> = await registry.json({ ...call, method: "GET", query }, page(item));
    items.push(...answer.items);
    cursor = answer.next_cursor;
    const isEnough = limit !== null && items.length >= limit;
    // A page without items and with a cursor would go on for ever.
    if (cursor === null || isEnough || answer.items.length === 0)
      return { items, next_cursor: cursor, total: answer.total };
  }
}
