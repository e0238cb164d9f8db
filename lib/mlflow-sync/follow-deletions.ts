/**
 * What one side has deleted goes from the other one where the rule says so, and where nothing has changed there since. What is
 * deleted here goes to the trash; what is deleted there is gone.
 */
import { trashModel } from "#lib/models/trash-model.ts";
import { trashVersion } from "#lib/models/trash-version.ts";
import {
  isAsAgreed,
  ourModelFields,
  ourVersionFields,
  theirModelFields,
  theirVersionFields,
} from "./fields.ts";
import { type Link, removeLink, unlinkVersion, type VersionLink } from "./links.ts";
import type { OurModel, OurVersion } from "./our-models.ts";
import { doHere } from "./rehearse.ts";
import { mayPull, mayPush, type SyncRun } from "./sync-run.ts";
import {
  isTheirModel,
  isTheirVersion,
  type TheirModel,
  type TheirVersion,
} from "./their-models.ts";

type Way = {
  about: { model: string; version?: string };
  outcome: "pulled" | "pushed";
  /** The side that is left still says what was agreed on. */
  isUntouched: boolean;
  /** A list may lack what is there. */
  isGone: () => Promise<boolean>;
  /** Says in a trial run alone why it could not be done. */
  remove: () => Promise<void>;
  forget: () => Promise<void>;
};

export async function versionDeletedThere(
  run: SyncRun,
  given: { link: Link; row: VersionLink; slug: string; here: OurVersion },
): Promise<void> {
  const { link, row, slug, here } = given;
  if (!mayPull(run)) return;
  await follow(run, {
    about: { model: link.name, version: String(row.theirs) },
    outcome: "pulled",
    isUntouched: isAsAgreed(ourVersionFields(here), row.agreed),
    isGone: async () => !(await isTheirVersion(run.server, link.name, row.theirs)),
    remove: () => doHere(run, (ctx) => trashVersion(ctx, { name: slug, ref: here.version })),
    forget: () => unlinkVersion(run.ctx, link, row.theirs),
  });
}

export async function versionDeletedHere(
  run: SyncRun,
  { link, row, there }: { link: Link; row: VersionLink; there: TheirVersion },
): Promise<void> {
  if (!mayPush(run)) return;
  const at = { name: link.name, version: String(row.theirs) };
  await follow(run, {
    about: { model: link.name, version: at.version },
    outcome: "pushed",
    isUntouched: isAsAgreed(theirVersionFields(there), row.agreed),
    isGone: async () => true,
    remove: async () => {
      const path = "/api/2.0/mlflow/model-versions/delete";
      if (!run.isDryRun) await run.server.change("DELETE", path, at);
    },
    forget: () => unlinkVersion(run.ctx, link, row.theirs),
  });
}

export async function modelDeletedThere(
  run: SyncRun,
  { link, here }: { link: Link; here: OurModel },
): Promise<void> {
  if (!mayPull(run)) return;
  const byOurs = new Map([...link.versions.values()].map((row) => [row.ours, row]));
  await follow(run, {
    about: { model: link.name },
    outcome: "pulled",
    isUntouched:
      isAsAgreed(ourModelFields(here, link).fields, link.agreed) &&
      [...here.versions.values()].every((version) => {
        const row = byOurs.get(version.number);
        return row !== undefined && isAsAgreed(ourVersionFields(version), row.agreed);
      }),
    isGone: async () => !(await isTheirModel(run.server, link.name)),
    remove: () => doHere(run, (ctx) => trashModel(ctx, { name: here.slug })),
    forget: () => removeLink(run.ctx, link),
  });
}

export async function modelDeletedHere(
  run: SyncRun,
  { link, there }: { link: Link; there: TheirModel },
): Promise<void> {
  if (!mayPush(run)) return;
  await follow(run, {
    about: { model: link.name },
    outcome: "pushed",
    isUntouched:
      isAsAgreed(theirModelFields(there, link).fields, link.agreed) &&
      [...there.versions.values()].every((version) => {
        const row = link.versions.get(version.version);
        return row !== undefined && isAsAgreed(theirVersionFields(version), row.agreed);
      }),
    isGone: async () => true,
    remove: async () => {
      const path = "/api/2.0/mlflow/registered-models/delete";
      if (!run.isDryRun) await run.server.change("DELETE", path, { name: link.name });
    },
    forget: () => removeLink(run.ctx, link),
  });
}

async function follow(run: SyncRun, way: Way): Promise<void> {
  const { deletions, policy } = run.sync;
  if (!deletions) return;
  const about = { ...way.about, field: "deleted" };
  try {
    if (!(await way.isGone())) return;
    const deleter = way.outcome === "pulled" ? "theirs" : "ours";
    const outcome = way.isUntouched || policy === deleter ? way.outcome : "left";
    if (outcome !== "left") {
      await way.remove();
      await way.forget();
    }
    const sides = way.isUntouched ? {} : SAID[deleter];
    const kind = way.isUntouched ? "change" : "conflict";
    await run.report.tell({ kind, ...about, ...sides, outcome });
  } catch (error) {
    await run.report.problem(error, about);
  }
}

/** What the sides say where one has deleted what the other one has changed. */
const SAID = {
  ours: { ours: null, theirs: "changed" },
  theirs: { ours: "changed", theirs: null },
};
