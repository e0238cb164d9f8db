import { randomUUID } from "node:crypto";
import { Option } from "commander";
import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { PATIENCE } from "../http/attempts.ts";
import type { Run } from "../run.ts";
import { collectFiles, type LocalFile } from "../transfer/collect-files.ts";
import { inParallel } from "../transfer/in-parallel.ts";
import { type SentFile, type UploadPlaces, uploadFile } from "../transfer/upload-file.ts";
import { UploadNotes } from "../transfer/upload-notes.ts";
import { versionSchema } from "../wire.ts";
import type { Commands } from "./commands.ts";
import { collectPairs, jsonObject, wholeNumber } from "./parse-option.ts";
import { VISIBILITIES } from "./share.ts";
import { verdictText } from "./verdict-text.ts";

type Options = {
  name: string;
  framework?: string;
  version?: string;
  bump?: string;
  description?: string;
  metadata?: string;
  tag?: Record<string, string>;
  signature?: string;
  visibility?: string;
  jobs: number;
};

/** Files up to this size are sent several at once; the parts of a larger one fill all connections. */
const SMALL_BYTES = 16 * 1024 * 1024;
export const JOBS_MAX = 16;

export function addRegister({ t, add, act }: Commands): void {
  const command = add("register <paths...>", "register.about")
    .requiredOption("--name <model>", t("register.name"))
    .option("--framework <framework>", t("register.framework"))
    .option("--version <version>", t("register.version"))
    .addOption(new Option("--bump <part>", t("register.bump")).choices(["major", "minor", "patch"]))
    .option("--description <text>", t("register.description"))
    .option("--metadata <json>", t("register.metadata"))
    .option("--tag <key=value>", t("register.tag"), collectPairs(t))
    .option("--signature <file>", t("register.signature"))
    .addOption(
      new Option("--visibility <visibility>", t("register.visibility")).choices(VISIBILITIES),
    )
    .option("--jobs <count>", t("options.jobs"), wholeNumber(1, JOBS_MAX, t), 4);
  act<Options>(command, register);
}

async function register(run: Run, options: Options, paths: string[]): Promise<void> {
  const { t, signal } = run;
  const { name, framework, version, bump, description, tag, visibility, jobs } = options;
  if (version !== undefined && bump !== undefined)
    throw new Failure(EXIT.usage, t("register.versionOrBump"));
  const metadata = options.metadata && (await jsonObject(options.metadata, t));
  const signature =
    options.signature && (await jsonObject(`@${options.signature}`, t, "usage.signature"));
  const files = await collectFiles(paths, t);
  const registry = await run.registry();
  const notes = new UploadNotes(run.uploadsFolder, registry.url);
  const totalBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const sent = await run.withProgress(name, totalBytes, (bar) =>
    sendAll({ registry, notes, jobs, bar, t }, files, signal),
  );
  const said = { framework, version, bump, description, metadata, tags: tag, signature };
  const fields = { name, ...said, visibility };
  const made = await registry.json(
    {
      method: "POST",
      path: "/models",
      json: { ...fields, files: sent.map((one) => one.sent) },
      // The answer may be lost: asked again under this key, the registry answers with the same version.
      headers: { "idempotency-key": randomUUID() },
      isRepeatable: true,
      patience: PATIENCE.transfer,
    },
    versionSchema,
  );
  await Promise.all(sent.map(({ digest }) => notes.forget(digest)));
  run.out.result(made, () => `${made.model}\t${made.version}`);
  const stored = sent.filter((one) => "digest" in one.sent).length;
  if (stored > 0) run.say(t("register.stored", { count: stored, total: sent.length }));
  if (made.scan.verdict !== "clean")
    run.say(t("register.verdict", { verdict: verdictText(run, made.scan.verdict) }));
}

type Sent = { sent: SentFile; digest: string };

/** In the order of `files`: large ones one after the other, small ones beside each other. */
async function sendAll(
  places: UploadPlaces,
  files: readonly LocalFile[],
  signal: AbortSignal,
): Promise<Sent[]> {
  const sent: Sent[] = [];
  const indexes = [...files.keys()];
  const isSmall = (index: number) => (files[index]?.sizeBytes ?? 0) <= SMALL_BYTES;
  const send = async (index: number, either: AbortSignal) => {
    const file = files[index];
    if (file !== undefined) sent[index] = await uploadFile(places, file, either);
  };
  const large = indexes.filter((index) => !isSmall(index));
  await inParallel(large, 1, signal, send);
  await inParallel(indexes.filter(isSmall), places.jobs, signal, send);
  return sent;
}
