/** One model, wherever it is. */
import { nameTaken } from "#lib/models/choose-name.ts";
import { createModel } from "#lib/models/create-model.ts";
import { externalKeyOf } from "#lib/models/external-name.ts";
import { tagsSchema } from "#lib/models/request-schema.ts";
import { descriptionSchema } from "#lib/wire/words.ts";
import { ourModelFields, textFields, theirModelFields } from "./fields.ts";
import { modelDeletedHere, modelDeletedThere } from "./follow-deletions.ts";
import { createLink, type Link, removeLink, saveAgreed } from "./links.ts";
import { findOurModel, type OurModel } from "./our-models.ts";
import { doHere } from "./rehearse.ts";
import { syncFields } from "./sync-fields.ts";
import { mayPull, mayPush, OWN_TAGS, type SyncRun } from "./sync-run.ts";
import { type Pair, syncVersions } from "./sync-versions.ts";
import { TheirError } from "./their-error.ts";
import { isTheirModel, type TheirModel } from "./their-models.ts";
import { foreseeTexts, writeToOurModel, writeToTheirModel } from "./write-field.ts";

export type Found = {
  name: string;
  ours: OurModel | null;
  theirs: TheirModel | null;
  link: Link | null;
};

/** Whatever one model is refused for is told, and the run goes on. Throws what ends the run. */
export async function syncModel(run: SyncRun, found: Found): Promise<void> {
  try {
    await syncFound(run, found);
  } catch (error) {
    run.signal.throwIfAborted();
    await run.report.problem(error, { model: found.name, field: "model" });
  }
}

async function syncFound(run: SyncRun, { name, ours, theirs, link }: Found): Promise<void> {
  if (link !== null && ours === null && theirs === null) return removeLink(run.ctx, link);
  if (link !== null && theirs === null && ours !== null)
    return modelDeletedThere(run, { link, here: ours });
  if (link !== null && ours === null && theirs !== null)
    return modelDeletedHere(run, { link, there: theirs });
  const here = ours ?? (theirs && (await pullModel(run, theirs)));
  const there = theirs ?? (ours && (await pushModel(run, name, ours)));
  if (here === null || there === null) return;
  const known =
    link?.modelId === here.id ? link : await createLink(run.ctx, run, { name, modelId: here.id });
  await syncPair(run, { link: known, ours: here, theirs: there });
}

async function syncPair(run: SyncRun, pair: Pair): Promise<void> {
  const { link, theirs } = pair;
  const ours = await syncVersions(run, pair);
  const here = ourModelFields(ours, link);
  const there = theirModelFields(theirs, link);
  const refs = new Map(
    [...link.versions.values()].map((row) => [
      String(row.theirs),
      ours.versions.get(row.ours)?.version ?? "",
    ]),
  );
  const at = { name: ours.slug, versionOf: (number: string) => refs.get(number) ?? "" };
  const isChanged = await syncFields(run, {
    about: { model: link.name },
    agreed: link.agreed,
    ours: here.fields,
    theirs: there.fields,
    held: new Set([...here.held, ...there.held]),
    updated: { ours: ours.updatedAt, theirs: theirs.last_updated_timestamp },
    write: {
      ours: (field, value) => writeToOurModel(run, at, field, value),
      theirs: (field, value) => writeToTheirModel(run, link.name, field, value),
    },
  });
  if (isChanged) await saveAgreed(run.ctx, link);
}

/** null: the direction does not allow it. A trial run goes on with what it would be. Throws what `createModel` throws. */
async function pullModel(run: SyncRun, theirs: TheirModel): Promise<OurModel | null> {
  const { name, description } = theirs;
  if (!mayPull(run)) return null;
  if (!(await isTheirModel(run.server, name)))
    throw new TheirError("not_found", "It lists the model, and does not have it.");
  const tags = tagsSchema.safeParse(
    Object.fromEntries([...theirs.tags].filter(([key]) => !key.startsWith(OWN_TAGS))),
  );
  if (run.isDryRun && isTaken(run, name)) throw nameTaken(name);
  await doHere(run, (ctx) =>
    createModel(ctx, {
      name,
      ...(descriptionSchema.safeParse(description).success ? { description } : {}),
      ...(tags.success ? { tags: tags.data } : {}),
    }),
  );
  if (run.isDryRun)
    await foreseeTexts(run, { model: name }, new Map(textFields(description, theirs.tags)));
  const made = run.isDryRun ? notYetHere(theirs) : await findOurModel(run.ctx, name);
  if (made !== null)
    await run.report.tell({ kind: "change", model: name, field: "model", outcome: "pulled" });
  return made;
}

async function pushModel(run: SyncRun, name: string, ours: OurModel): Promise<TheirModel | null> {
  if (!mayPush(run)) return null;
  if (!run.isDryRun)
    await run.server.change("POST", "/api/2.0/mlflow/registered-models/create", { name });
  await run.report.tell({ kind: "change", model: name, field: "model", outcome: "pushed" });
  const isLike = run.isDryRun ? ours : null;
  return {
    name,
    description: isLike?.description ?? "",
    tags: isLike?.tags ?? new Map(),
    aliases: new Map(),
    versions: new Map(),
    last_updated_timestamp: 0,
  };
}

/** Whether a trial run has said of another name that it would be made, which differs in its case alone. */
function isTaken({ wouldBeMade }: SyncRun, name: string): boolean {
  const key = externalKeyOf(name);
  const isTaken = wouldBeMade.has(key);
  wouldBeMade.add(key);
  return isTaken;
}

function notYetHere({ name, description, tags }: TheirModel): OurModel {
  return {
    ...{ id: 0n, slug: name, name, description, tags },
    updatedAt: new Date(0),
    aliases: new Map(),
    versions: new Map(),
  };
}
