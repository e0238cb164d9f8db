import { mkdir, stat, statfs } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { filePath, versionPath } from "../http/paths.ts";
import type { Run } from "../run.ts";
import type { Progress } from "../terminal/progress.ts";
import { downloadFile } from "../transfer/download-file.ts";
import { digestOf } from "../transfer/hash-file.ts";
import { assertSafePath, makePlace } from "../transfer/target-path.ts";
import { type Version, type VersionFile, versionSchema } from "../wire.ts";
import type { Commands } from "./commands.ts";
import { collect, wholeNumber } from "./parse-option.ts";
import { JOBS_MAX } from "./register.ts";

type Options = {
  output?: string;
  file?: string[];
  acceptRisk?: boolean;
  comment?: string;
  force?: boolean;
  jobs: number;
};
type Placed = { file: VersionFile; target: string };

export function addDownload({ t, add, act }: Commands): void {
  const command = add("download <model> [ref]", "download.about")
    .option("-o, --output <folder>", t("download.output"))
    .option("--file <path>", t("download.file"), collect)
    .option("--accept-risk", t("download.acceptRisk"))
    .option("--comment <text>", t("options.comment"))
    .option("--force", t("download.force"))
    .option("--jobs <count>", t("options.jobs"), wholeNumber(1, JOBS_MAX, t), 4);
  act<Options>(command, (run, options, [model = "", ref = "latest"]) =>
    download(run, options, model, ref),
  );
}

async function download(run: Run, options: Options, model: string, ref: string): Promise<void> {
  const { t } = run;
  const registry = await run.registry();
  const version = await registry.json(
    { method: "GET", path: versionPath(model, ref) },
    versionSchema,
  );
  const { files, withheld } = chooseFiles(version, options, run);
  // Before anything is written: one bad path spoils the whole answer.
  for (const { path } of version.files) assertSafePath(path, t);
  assertSafePath(`${version.model}-${version.version}`, t);
  const folder = resolve(options.output ?? folderOf(version));
  await mkdir(folder, { recursive: true });
  const placed: Placed[] = [];
  for (const file of files) placed.push({ file, target: await makePlace(folder, file.path, t) });
  const totalBytes = files.reduce((sum, file) => sum + file.size_bytes, 0);
  await run.withProgress(`${version.model} ${version.version}`, totalBytes, async (bar) => {
    const missing = await keepExisting(run, placed, options.force === true, bar);
    await assertSpace(run, folder, missing);
    for (const one of missing) await fetchOne(run, { version, options, bar }, one);
  });
  const answer = {
    model: version.model,
    version: version.version,
    folder,
    files: placed.map(({ file, target }) => ({ ...file, local_path: target })),
    withheld,
  };
  run.out.result(answer, () => placed.map(({ target }) => target));
  if (withheld.length === 0) return;
  const names = withheld.map((file) => `${file.path} (${file.verdict})`).join(", ");
  throw new Failure(EXIT.notClean, t("download.withheld", { files: names.slice(0, 500) }));
}

/** A version of one file goes where the command runs, as with curl; several need a folder of their own. */
function folderOf(version: Version): string {
  return version.files.length === 1 ? "." : `${version.model}-${version.version}`;
}

/** What is asked for, and of that what the registry's scan withholds. */
function chooseFiles(
  version: Version,
  { file: wanted, acceptRisk }: Options,
  { t }: Run,
): { files: VersionFile[]; withheld: { path: string; verdict: string }[] } {
  const unknown = wanted?.find((path) => !version.files.some((file) => file.path === path));
  if (unknown !== undefined)
    throw new Failure(
      EXIT.notFound,
      t("download.noFile", { path: unknown, version: version.version }),
    );
  const chosen = version.files.filter(({ path }) => wanted?.includes(path) ?? true);
  const isServed = ({ verdict }: VersionFile) =>
    verdict === "clean" || (verdict === "suspicious" && acceptRisk === true);
  const withheld = chosen
    .filter((file) => !isServed(file))
    .map(({ path, verdict }) => ({ path, verdict }));
  return { files: chosen.filter(isServed), withheld };
}

/** The files that are not there yet. One that is there with other bytes is only replaced with `--force`. */
async function keepExisting(
  run: Run,
  placed: readonly Placed[],
  isForced: boolean,
  bar: Progress,
): Promise<Placed[]> {
  const missing: Placed[] = [];
  for (const one of placed) {
    const found = await stat(one.target).catch(() => null);
    const { size_bytes: sizeBytes, digest } = one.file;
    if (found === null) missing.push(one);
    else if (found.size === sizeBytes && (await digestOf(one.target, run.signal)) === digest)
      bar.skip(sizeBytes);
    else if (isForced && found.isFile()) missing.push(one);
    else throw new Failure(EXIT.local, run.t("download.exists", { path: one.target }));
  }
  return missing;
}

async function assertSpace(run: Run, folder: string, missing: readonly Placed[]): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  let neededBytes = 0;
  for (const { file, target } of missing) {
    const begun = await stat(partOf(dirname(target), file)).catch(() => null);
    neededBytes += file.size_bytes - (begun?.size ?? 0);
  }
  const freeBytes = bavail * bsize;
  if (neededBytes <= freeBytes) return;
  const values = { needed: run.bytes(neededBytes), free: run.bytes(freeBytes), path: folder };
  throw new Failure(EXIT.local, run.t("download.noSpace", values));
}

/** Named by content: a later run finds it whatever the file is called, and never takes other bytes for these. */
const partOf = (folder: string, { digest }: VersionFile) =>
  join(folder, `.${digest.slice("sha256:".length, "sha256:".length + 24)}.part`);

async function fetchOne(
  run: Run,
  of: { version: Version; options: Options; bar: Progress },
  { file, target }: Placed,
): Promise<void> {
  const { version, options, bar } = of;
  await downloadFile(
    {
      registry: await run.registry(),
      path: filePath(version.model, version.version, file.path),
      acceptRisk: options.acceptRisk === true,
      comment: options.comment,
      sizeBytes: file.size_bytes,
      digest: file.digest,
      jobs: options.jobs,
      signal: run.signal,
      bar,
      t: run.t,
    },
    partOf(dirname(target), file),
    target,
  );
}
