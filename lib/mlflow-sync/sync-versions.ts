/** The versions of a model that is on both sides: what is missing on either comes, and their fields are made alike. */
import { ourVersionFields, theirVersionFields } from "./fields.ts";
import { versionDeletedHere, versionDeletedThere } from "./follow-deletions.ts";
import { type Link, linkVersion, saveVersionAgreed, unlinkVersion } from "./links.ts";
import { getOurModel, type OurModel } from "./our-models.ts";
import { foreseeVersion, pullVersion } from "./pull-version.ts";
import { filesToPush, pushVersion } from "./push-version.ts";
import { syncFields } from "./sync-fields.ts";
import { mayPull, mayPush, PUSH_TAG, pushKey, type SyncRun } from "./sync-run.ts";
import type { TheirModel, TheirVersion } from "./their-models.ts";
import { writeToOurVersion, writeToTheirVersion } from "./write-field.ts";

export type Pair = { link: Link; ours: OurModel; theirs: TheirModel };

/** Gives the model as it is here then. Throws what ends the run. */
export async function syncVersions(
  run: SyncRun,
  { link, theirs, ...pair }: Pair,
): Promise<OurModel> {
  let { ours } = pair;
  await adopt(run, { link, ours, theirs });
  await followDeletions(run, { link, ours, theirs });
  if (await pullMissing(run, { link, ours, theirs }))
    ours = (await getOurModel(run.ctx, ours.id)) ?? ours;
  await pushMissing(run, { link, ours, theirs });
  for (const { theirs: number } of [...link.versions.values()])
    await syncVersionFields(run, { link, ours, theirs }, number);
  return ours;
}

/** Versions that a run has made there before it was killed, and could not write down any more. */
async function adopt(run: SyncRun, { link, ours, theirs }: Pair): Promise<void> {
  const linked = linkedHere(link);
  const unlinked = new Map(
    [...ours.versions.values()]
      .filter(({ number }) => !linked.has(number))
      .map(({ digest, number }) => [pushKey(run, digest), number]),
  );
  for (const { version, tags } of theirs.versions.values()) {
    const key = tags.get(PUSH_TAG) ?? "";
    const number = unlinked.get(key);
    if (number === undefined || link.versions.has(version)) continue;
    unlinked.delete(key);
    await linkVersion(run.ctx, link, { theirs: version, ours: number });
  }
}

async function followDeletions(run: SyncRun, { link, ours, theirs }: Pair): Promise<void> {
  for (const row of [...link.versions.values()]) {
    const here = ours.versions.get(row.ours);
    const there = theirs.versions.get(row.theirs);
    if (here === undefined && there === undefined) await unlinkVersion(run.ctx, link, row.theirs);
    else if (there === undefined && here !== undefined)
      await versionDeletedThere(run, { link, row, slug: ours.slug, here });
    else if (here === undefined && there !== undefined)
      await versionDeletedHere(run, { link, row, there });
    if (link.versions.has(row.theirs)) continue;
    ours.versions.delete(row.ours);
    theirs.versions.delete(row.theirs);
  }
}

/** Gives whether there are new ones here. */
async function pullMissing(run: SyncRun, { link, ours, theirs }: Pair): Promise<boolean> {
  if (!mayPull(run)) return false;
  let isChanged = false;
  for (const version of inOrder(theirs.versions)) {
    if (link.versions.has(version.version) || version.status !== "READY") continue;
    run.signal.throwIfAborted();
    const about = { model: link.name, version: String(version.version), field: "version" };
    try {
      if (run.isDryRun) await foreseeVersion(run, link.name, version);
      else await pullVersion(run, link, { slug: ours.slug, theirs: version });
    } catch (error) {
      await run.report.problem(error, about);
      continue;
    }
    await run.report.tell({ kind: "change", ...about, outcome: "pulled" });
    isChanged = !run.isDryRun;
  }
  return isChanged;
}

async function pushMissing(run: SyncRun, { link, ours, theirs }: Pair): Promise<void> {
  if (!mayPush(run)) return;
  const linked = linkedHere(link);
  for (const version of ours.versions.values()) {
    if (linked.has(version.number)) continue;
    run.signal.throwIfAborted();
    const about = { model: link.name, version: `here ${version.number}`, field: "version" };
    try {
      const asked = { slug: ours.slug, ours: version };
      if (run.isDryRun) await filesToPush(run, asked);
      else {
        const number = await pushVersion(run, link, asked);
        theirs.versions.set(number, newThere(number));
      }
    } catch (error) {
      await run.report.problem(error, about);
      continue;
    }
    await run.report.tell({ kind: "change", ...about, ours: version.version, outcome: "pushed" });
  }
}

async function syncVersionFields(
  run: SyncRun,
  { link, ours, theirs }: Pair,
  number: number,
): Promise<void> {
  const row = link.versions.get(number);
  const here = row && ours.versions.get(row.ours);
  const there = theirs.versions.get(number);
  if (row === undefined || here === undefined || there === undefined) return;
  const at = { name: ours.slug, ref: here.version };
  const atTheirs = { name: link.name, version: String(number) };
  const isChanged = await syncFields(run, {
    about: { model: link.name, version: String(number) },
    agreed: row.agreed,
    ours: ourVersionFields(here),
    theirs: theirVersionFields(there),
    updated: { ours: here.updatedAt, theirs: there.last_updated_timestamp },
    write: {
      ours: (field, value) => writeToOurVersion(run, at, field, value),
      theirs: (field, value) => writeToTheirVersion(run, atTheirs, field, value),
    },
  });
  if (isChanged) await saveVersionAgreed(run.ctx, link, row);
}

const linkedHere = (link: Link) => new Set([...link.versions.values()].map(({ ours }) => ours));

const inOrder = (versions: ReadonlyMap<number, TheirVersion>) =>
  [...versions.values()].sort((one, other) => one.version - other.version);

/** As it has just been made. */
function newThere(version: number): TheirVersion {
  const empty = { description: "", source: "", run_id: "", run_link: "", model_id: "" };
  return {
    ...empty,
    ...{ version, current_stage: "None", status: "READY", tags: new Map() },
    last_updated_timestamp: 0,
  };
}
