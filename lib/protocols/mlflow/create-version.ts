/** `model-versions/create`: whichever way the bytes come here, or a version without them. */

import { assertMayOn } from "#lib/access/policy.ts";
import { RegistryError } from "#lib/errors.ts";
import { readImportSource } from "#lib/imports/import-source.ts";
import { copyVersion } from "#lib/models/copy-version.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import type { Origin } from "#lib/models/publication.ts";
import type { Published } from "#lib/models/publish-version.ts";
import { registerExternalVersion } from "#lib/models/register-external-version.ts";
import { registerVersion } from "#lib/models/register-version.ts";
import { tagsSchema } from "#lib/models/request-schema.ts";
import { type ArtifactFile, findBelow, findRoom } from "#lib/uploads/artifacts/find-artifacts.ts";
import { keepArtifacts } from "#lib/uploads/artifacts/keep-artifacts.ts";
import { FilePaths } from "#lib/wire/file-path.ts";
import { readInput } from "#lib/wire/read-input.ts";
import { descriptionSchema } from "#lib/wire/words.ts";
import { type CallInput, naming, versionNotFound } from "./call.ts";
import { checkModelName } from "./checks.ts";
import { getVersion, slugOf, versionAnswer } from "./resolve.ts";
import { readSource, type Source } from "./sources.ts";
import { stageOf } from "./stages.ts";
import { findByAlias, findModel, findVersionText, PROMPT_TAG } from "./store.ts";
import { VERSION_TAG } from "./wire.ts";

type New = {
  /** Whether its source is one whose bytes an operation brings here, where they are elsewhere. */
  isImported: boolean;
  /** The model's own name. */
  slug: string;
  description: string;
  tags: Record<string, string>;
  origin: Origin & { source: string };
};

export async function createVersion({ ctx, given, request, baseUrl }: CallInput) {
  const name = given.required("name");
  checkModelName(name);
  const source = given.required("source");
  const tags = readInput(tagsSchema, given.tags("tags"), "body");
  const description = readInput(descriptionSchema, given.text("description"), "body");
  const origin = {
    source,
    runId: given.text("run_id"),
    runLink: given.text("run_link"),
    loggedModelId: given.maybe("model_id"),
    location: null,
  };
  // Behind a proxy a client knows the server by another name than this one does.
  const hosts = [new URL(baseUrl).host, request.headers.get("host")?.toLowerCase() ?? ""];
  const isPrompt = tags[PROMPT_TAG]?.toLowerCase() === "true";
  const isImported = !isPrompt && readImportSource(ctx.config, source) !== null;
  const slug = await naming({ name }, () => slugOf(ctx, "version.register", name));
  const bytes = await findBytes(ctx, isPrompt ? { kind: "elsewhere" } : readSource(source, hosts));
  const { version } = await naming({ name }, () =>
    register(ctx, { isImported, slug, description, tags, origin }, bytes),
  );
  return versionAnswer(ctx, { name, version: String(version.number) }, baseUrl);
}

/** What a source leads to: a version here, files of the actor's own, or nothing that is here. */
type Bytes =
  | { kind: "version"; name: string; ref: string }
  | { kind: "files"; files: ArtifactFile[] }
  | { kind: "elsewhere" };

async function findBytes(ctx: ModelCtx, from: Source): Promise<Bytes> {
  if (from.kind === "version") return { kind: "version", ...(await findCopied(ctx, from)) };
  if (from.kind === "version-files") {
    const found = await findVersionText(ctx.db, from.slug, from.number);
    assertMayOn(ctx, "model.read", found, from.slug);
    return { kind: "version", name: found.name, ref: found.version };
  }
  const files = await findFiles(ctx, from);
  return files === null ? { kind: "elsewhere" } : { kind: "files", files };
}

function register(ctx: ModelCtx, made: New, bytes: Bytes): Promise<Published> {
  const { origin } = made;
  if (bytes.kind === "version")
    return copyVersion(ctx, { from: bytes, registration: copyOf(made, bytes), origin });
  const registration = registrationOf(made);
  if (bytes.kind === "files") return seal(ctx, made, bytes.files);
  return registerExternalVersion(ctx, {
    registration,
    origin: { ...origin, location: origin.source },
    isImported: made.isImported,
  });
}

/** The tag of the version itself is no tag: it is what a registration calls the version. */
function registrationOf({ slug, description, tags }: New) {
  const version = tags[VERSION_TAG];
  return { name: slug, description, tags, ...(version === undefined ? {} : { version }) };
}

/** A client that copies hands on the tags; the version of the original is not what it calls the copy. */
function copyOf(made: New, { ref }: { ref: string }) {
  const { [VERSION_TAG]: version, ...tags } = made.tags;
  return registrationOf(version === ref ? { ...made, tags } : made);
}

/** The version that a `models:/` URI names, by our names. */
async function findCopied(
  ctx: ModelCtx,
  { name, version, alias }: Extract<Source, { kind: "version" }>,
): Promise<{ name: string; ref: string }> {
  if (alias !== null) {
    const found = await naming({ name }, async () => {
      const row = await findByAlias(ctx.db, name, alias);
      assertMayOn(ctx, "model.read", row, name);
      return row;
    });
    if (found.body === null)
      throw new RegistryError("alias_not_found", `Registered model alias ${alias} not found.`);
    return { name: found.name, ref: found.body.version };
  }
  const text = version ?? "";
  if (/^\d+$/.test(text)) {
    const asked = { name, version: text };
    const found = await naming(asked, async () => {
      await slugOf(ctx, "model.read", name);
      return getVersion(ctx, "model.read", asked);
    });
    return { name: found.slug, ref: found.version };
  }
  return naming({ name }, () => findInStage(ctx, name, text));
}

async function findInStage(ctx: ModelCtx, name: string, text: string) {
  const found = await findModel(ctx.db, name);
  assertMayOn(ctx, "model.read", found, name);
  const stage = text.toLowerCase() === "latest" ? null : stageOf(text);
  const newest = found.body.latest_versions
    .filter((version) => stage === null || version.stage === stage)
    .at(-1);
  if (newest === undefined) throw versionNotFound(name, text);
  return { name: found.name, ref: newest.version };
}

/** The actor's own files that a source names; null where there are none, which are elsewhere then. */
async function findFiles(ctx: ModelCtx, from: Source): Promise<ArtifactFile[] | null> {
  const folder = await findFolder(ctx, from);
  if (folder === null) return null;
  const files = await findBelow(ctx, folder);
  if (files.length > 0) return files;
  if (from.kind !== "artifacts" || !from.isHere) return null;
  throw new RegistryError(
    "invalid_request",
    `There are no files of yours at ${folder} on this server. Log the model first, or name another source.`,
  );
}

async function findFolder(ctx: ModelCtx, from: Source): Promise<string | null> {
  if (from.kind === "artifacts") return from.path;
  if (from.kind === "logged-model") return findRoom(ctx, from.id);
  if (from.kind !== "run") return null;
  const room = await findRoom(ctx, from.runId);
  return room === null ? null : `${room}/${from.path}`;
}

/** The files as they are now become the version; what is put at their paths later is no part of it. */
async function seal(ctx: ModelCtx, made: New, found: readonly ArtifactFile[]): Promise<Published> {
  if (found.length > ctx.config.storage.maxFilesPerVersion)
    throw new RegistryError(
      "too_large",
      `A version has at most ${ctx.config.storage.maxFilesPerVersion} files.`,
    );
  const paths = new FilePaths();
  for (const { path } of found) paths.add(path);
  const published = await registerVersion(ctx, {
    registration: registrationOf(made),
    files: found.map(({ path, sha256, sizeBytes }) => ({ path, sha256, sizeBytes, writer: null })),
    idempotencyKey: null,
    origin: made.origin,
    isOfKnownModel: true,
  });
  const { id } = await ctx.db.version.findFirstOrThrow({
    where: { model: { name: published.version.model }, number: published.version.number },
    select: { id: true },
  });
  await keepArtifacts(
    ctx,
    found.map((file) => file.id),
    id,
  );
  return published;
}
