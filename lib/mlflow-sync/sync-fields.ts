/** Texts, tags, stages and aliases of one thing that is on both sides. */
import { type Decision, type Fields, mergeFields, shorten } from "./merge.ts";
import type { Subject } from "./run-report.ts";
import type { SyncRun } from "./sync-run.ts";

export type Sides = {
  about: Omit<Subject, "field">;
  agreed: Map<string, string>;
  ours: Fields;
  theirs: Fields;
  /** Fields that cannot be compared yet. */
  held?: ReadonlySet<string>;
  updated: { ours: Date; theirs: number };
  write: {
    /** Rehearsed in a trial run. */
    ours: (field: string, value: string | null) => Promise<void>;
    theirs: (field: string, value: string | null) => Promise<void>;
  };
};

/** Changes `agreed` where both sides say the same afterwards; gives whether it did. Throws what ends the run. */
export async function syncFields(run: SyncRun, sides: Sides): Promise<boolean> {
  const { sync, signal } = run;
  const { direction, policy, deletions } = sync;
  const rule = { direction, policy, deletions, newer: newerOf(sides.updated) };
  let isChanged = false;
  for (const decision of mergeFields(sides.agreed, sides.ours, sides.theirs, rule)) {
    signal.throwIfAborted();
    if (sides.held?.has(decision.field)) continue;
    const isAgreed = await carryOut(run, sides, decision);
    if (isAgreed) isChanged = agree(sides.agreed, decision) || isChanged;
  }
  return isChanged;
}

/** Gives whether both sides say the same now. */
async function carryOut(run: SyncRun, sides: Sides, decision: Decision): Promise<boolean> {
  const { field, ours, theirs, move, isConflict } = decision;
  if (move === "none") return true;
  const about = { ...sides.about, field };
  const tell = (outcome: "pulled" | "pushed" | "left", detail = "") => {
    if (outcome === "left" && !isConflict) return Promise.resolve();
    const kind = isConflict ? "conflict" : "change";
    return run.report.tell({ kind, ...about, ours, theirs, outcome, detail });
  };
  if (move === "left") {
    await tell("left");
    return false;
  }
  try {
    if (move === "pull") await sides.write.ours(field, theirs);
    if (!run.isDryRun && move === "push") await sides.write.theirs(field, ours);
  } catch (error) {
    await run.report.problem(error, about);
    await tell("left");
    return false;
  }
  await tell(move === "pull" ? "pulled" : "pushed");
  return !run.isDryRun;
}

function agree(agreed: Map<string, string>, { field, ours, theirs, move }: Decision): boolean {
  const value = shorten(move === "pull" ? theirs : ours);
  if ((agreed.get(field) ?? null) === value) return false;
  if (value === null) agreed.delete(field);
  else agreed.set(field, value);
  return true;
}

/** By the clocks of both servers, as far as they go alike. */
function newerOf({ ours, theirs }: Sides["updated"]): "ours" | "theirs" | null {
  if (theirs === 0 || ours.getTime() === theirs) return null;
  return ours.getTime() > theirs ? "ours" : "theirs";
}
