/** Objects below a prefix of a bucket that the operator has named, read with the credentials of `storage.s3`. */
import { RegistryError } from "#lib/errors.ts";
import { TheirError } from "#lib/mlflow-sync/their-error.ts";
import { exactly } from "#lib/mlflow-sync/their-files.ts";
import { withinPatience } from "#lib/mlflow-sync/within-patience.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import { type ForeignBucket, ForeignBucketError } from "#lib/storage/foreign-bucket.ts";
import { FilePaths, parseFilePath } from "#lib/wire/file-path.ts";
import type { SourceFile, SourceTools } from "./source-file.ts";

/** Runs `use` with the files of a source. Throws TheirError, `invalid_request`, `invalid_path`, `too_large`. */
export async function withObjects<T>(
  { config }: ModelCtx,
  { bucket: name, path }: { bucket: string; path: string },
  tools: SourceTools,
  use: (files: SourceFile[]) => Promise<T>,
): Promise<T> {
  // Loaded only here: a registry that imports from no bucket does not need the SDK.
  const { ForeignBucket: Bucket } = await import("#lib/storage/foreign-bucket.ts");
  const bucket = new Bucket({ ...config.storage.s3, bucket: name });
  try {
    return await use(await listFiles(bucket, path, tools));
  } finally {
    bucket.close();
  }
}

async function listFiles(
  bucket: ForeignBucket,
  path: string,
  { signal, patience: bounds, filesMax }: SourceTools,
): Promise<SourceFile[]> {
  const objects = await bucket.list(path, filesMax, signal).catch(explain);
  if (objects.length === 0)
    throw new RegistryError("invalid_request", "There are no objects at the source.");
  if (objects.length > filesMax)
    throw new RegistryError("too_large", `A version has at most ${filesMax} files.`);
  const paths = new FilePaths();
  return objects.map((object) => {
    const { key, sizeBytes } = object;
    const isOne = key === path;
    const name = parseFilePath(
      isOne ? (key.split("/").at(-1) ?? "") : key.slice(path === "" ? 0 : path.length + 1),
    );
    paths.add(name);
    const open = () =>
      withinPatience(bounds, signal, async (patience) => {
        try {
          const body = await bucket.open(object, patience.signal).catch(explain);
          body.on("error", () => undefined);
          return { sizeBytes, bytes: exactly(patience.watch(body), sizeBytes, name) };
        } catch (error) {
          patience.end();
          throw error;
        }
      });
    return { path: name, sizeBytes, open };
  });
}

function explain(cause: unknown): never {
  if (!(cause instanceof ForeignBucketError)) throw cause;
  const { problem, message } = cause;
  if (problem === "passing") throw new TheirError("transport", message, { cause });
  throw new RegistryError("invalid_request", message, { cause });
}
