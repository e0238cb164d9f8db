import { isServed, type VerdictName } from "#lib/wire/words.ts";
import type { ComparedTensorWire, WeightsWire } from "../compare-schema.ts";
import type { ModelCtx } from "../model-context.ts";
import type { StoredRow, StoredSide } from "./stored-row.ts";
import type { Outcome, TensorPair } from "./weight-comparer.ts";

/** Bytes that one answer reads: about a second of one core. */
const ANSWER_MAX_BYTES = 512 * 1024 * 1024;
/** Of both sides. A larger pair is not compared: it would keep the thread from everybody else for too long. */
export const PAIR_MAX_BYTES = 4 * 1024 * 1024 * 1024;

type Weighed = ComparedTensorWire["to"][number];
type File = {
  number: number;
  sha256: string;
  sizeBytes: number;
  isServed: boolean;
  damaged: boolean;
};
type Job = { row: number; weighed: Weighed; pair: TensorPair };
type Input = {
  /** The versions, the base first. */
  ids: readonly bigint[];
  rows: readonly StoredRow[];
  /** What the rows become; they get their weights. */
  items: readonly ComparedTensorWire[];
  signal?: AbortSignal | undefined;
  /** Bytes after which an answer ends. */
  enoughBytes?: number | undefined;
};

/** Compares the values of the first rows and says of how many: of one at least. */
export async function measureRows(ctx: ModelCtx, input: Input): Promise<number> {
  const { rows, items, enoughBytes = ANSWER_MAX_BYTES } = input;
  const files = await findFiles(ctx, input);
  const jobs: Job[] = [];
  let [bytes, end] = [0, 0];
  for (const [row, { name, sides }] of rows.entries()) {
    const [from = null, ...others] = sides;
    const own: Job[] = [];
    let more = 0;
    for (const [at, to] of others.entries()) {
      const weighed = items[row]?.to[at] as Weighed;
      if (from === null || to === null || weighed.weights !== null) continue;
      const [left, right] = [files(0, from), files(at + 1, to)];
      const reason = reasonAgainst({ from, to, left, right });
      if (reason !== null) weighed.weights = unmeasured(reason);
      else {
        const sideOf = ({ dtype, shape }: StoredSide, file: File | undefined) => {
          return { file: file?.number ?? 0, name, dtype, shape };
        };
        own.push({ row, weighed, pair: { from: sideOf(from, left), to: sideOf(to, right) } });
        more += from.size_bytes + to.size_bytes;
      }
    }
    if (jobs.length > 0 && bytes + more > enoughBytes) break;
    jobs.push(...own);
    bytes += more;
    end = row + 1;
  }
  if (jobs.length === 0) return end;
  const outcomes = await ctx.weights.measure(
    files.all.map(({ sha256, sizeBytes }) => ({
      ...{ sha256, sizeBytes },
      open: () => ctx.blobs.openReader(sha256, sizeBytes),
    })),
    {
      pairs: jobs.map(({ pair }) => pair),
      least: jobs.filter(({ row }) => row === jobs[0]?.row).length,
    },
    input.signal,
  );
  for (const [at, outcome] of outcomes.entries()) {
    (jobs[at] as Job).weighed.weights = toWeights(outcome);
  }
  // A row of which a pair is missing is for the next answer.
  return jobs[outcomes.length]?.row ?? end;
}

type Files = ((version: number, side: StoredSide) => File | undefined) & { all: readonly File[] };

/** The files that the rows' tensors are in; `version` is a place in `ids`. */
async function findFiles(ctx: ModelCtx, { ids, rows }: Input): Promise<Files> {
  const paths = (at: number) => [...new Set(rows.flatMap(({ sides }) => sides[at]?.file ?? []))];
  const found = await ctx.db.file.findMany({
    where: { OR: ids.map((versionId, at) => ({ versionId, path: { in: paths(at) } })) },
    include: { blob: { select: { damagedAt: true } } },
  });
  const all = found.map((file, number) => ({
    number,
    sha256: file.digest,
    sizeBytes: Number(file.sizeBytes),
    isServed: isServed(file.verdict as VerdictName, false),
    damaged: file.blob.damagedAt !== null,
  }));
  const byPlace = new Map(
    found.map(({ versionId, path }, at) => [`${versionId} ${path}`, all[at] as File]),
  );
  const find = (version: number, { file }: StoredSide) => byPlace.get(`${ids[version]} ${file}`);
  return Object.assign(find, { all });
}

function reasonAgainst(pair: {
  from: StoredSide;
  to: StoredSide;
  left: File | undefined;
  right: File | undefined;
}): WeightsWire["reason"] {
  const { from, to, left, right } = pair;
  if (`${from.shape}` !== `${to.shape}`) return "shape";
  if (left === undefined || right === undefined) return "format";
  if (!left.isServed || !right.isServed) return "withheld";
  if (left.damaged || right.damaged) return "damaged";
  return from.size_bytes + to.size_bytes > PAIR_MAX_BYTES ? "too_large" : null;
}

function unmeasured(reason: NonNullable<WeightsWire["reason"]>): WeightsWire {
  const nothing = {
    changed_values: null,
    relative_difference: null,
    max_absolute_difference: null,
    not_finite: 0,
  };
  return { state: "unmeasured", reason, ...nothing };
}

function toWeights(outcome: Outcome): WeightsWire {
  if ("reason" in outcome) return unmeasured(outcome.reason);
  const { isEqual, changed_values, relative_difference, max_absolute_difference, not_finite } =
    outcome;
  const numbers = { changed_values, relative_difference, max_absolute_difference, not_finite };
  return { state: isEqual ? "equal" : "different", reason: null, ...numbers };
}
