import type { Database } from "#lib/db/client.ts";
import {
  type RegistryRow,
  readRegistryRows,
  readServerRows,
  readTallies,
  type ServerRow,
  type Span,
} from "./read-series.ts";
import { type BucketTallies, toBuckets } from "./shape-series.ts";

export type Buckets = {
  rows: ServerRow[];
  registry: RegistryRow[];
  operations: BucketTallies;
  loads: BucketTallies;
};
export type ReadBuckets = (db: Database, span: Span, since: Date | null) => Promise<Buckets>;

export const readBuckets: ReadBuckets = async (db, span) => {
  const [rows, registry, operations, loads] = await Promise.all([
    readServerRows(db, span),
    readRegistryRows(db, span),
    readTallies(db, span, "operations").then(toBuckets),
    readTallies(db, span, "loads").then(toBuckets),
  ]);
  return { rows, registry, operations, loads };
};

/** A sample may arrive so much later than its interval ended. */
const LATE_MS = 60_000;

/**
 * Remembers the buckets of a range that ends now: one that is over does not change any more, so that a page that is open asks
 * for the last of them only. Everything is read anew when the oldest sample is another one than before.
 */
export class BucketMemory {
  #known: Buckets | null = null;
  #since: number | null = null;
  /** From here on buckets may still change. */
  #openFrom = 0;

  /** One call at a time. */
  async read(db: Database, span: Span, since: Date | null): Promise<Buckets> {
    const isSame = this.#known !== null && this.#since === (since?.getTime() ?? null);
    const known = isSame ? this.#known : null;
    const from =
      known === null ? span.from.getTime() : Math.max(span.from.getTime(), this.#openFrom);
    const fresh = await readBuckets(db, { ...span, from: new Date(from) }, since);
    this.#known = known === null ? fresh : join(known, fresh, { first: span.from.getTime(), from });
    this.#since = since?.getTime() ?? null;
    const bucketMs = span.bucketSeconds * 1000;
    this.#openFrom = span.to.getTime() - bucketMs * (1 + Math.ceil(LATE_MS / bucketMs));
    return this.#known;
  }
}

/** What is known from `first` on and before `from`, and what is fresh from there on. */
function join(
  known: Buckets,
  fresh: Buckets,
  { first, from }: { first: number; from: number },
): Buckets {
  const isKept = (at: number) => at >= first && at < from;
  const rows = <Row extends { at: Date }>(old: Row[], more: Row[]) => [
    ...old.filter(({ at }) => isKept(at.getTime())),
    ...more,
  ];
  const tallies = (old: BucketTallies, more: BucketTallies) =>
    new Map([...[...old].filter(([at]) => isKept(at)), ...more]);
  return {
    rows: rows(known.rows, fresh.rows),
    registry: rows(known.registry, fresh.registry),
    operations: tallies(known.operations, fresh.operations),
    loads: tallies(known.loads, fresh.loads),
  };
}
