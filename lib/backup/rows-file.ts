/** Rows on their way between PostgreSQL's COPY and a file of a backup: hashed, counted, compressed. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createZstdCompress, createZstdDecompress } from "node:zlib";
import type pg from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import { RegistryError } from "#lib/errors.ts";
import type { Rows } from "./manifest.ts";
import type { BackupTarget, StagedFile } from "./target.ts";

const NEWLINE = 0x0a;

/** What a query of COPY gives, as a file that is yet to be committed. The client does nothing else meanwhile. */
export async function stageRows(
  client: pg.ClientBase,
  copy: string,
  target: BackupTarget,
  key: string,
): Promise<Rows & { file: StagedFile }> {
  const sum = new RowSum();
  const compress = createZstdCompress();
  const flow = pipeline(client.query(copyTo(copy)), (source) => sum.tap(source), compress);
  // Each of the two fails with the other.
  const [staged, ended] = await Promise.allSettled([target.stage(key, compress), flow]);
  if (staged.status === "fulfilled" && ended.status === "fulfilled")
    return { ...sum.result(), file: staged.value };
  if (staged.status === "fulfilled") await staged.value.abort();
  throw ended.status === "rejected" ? ended.reason : (staged as PromiseRejectedResult).reason;
}

/** The rows of a file as bytes of whole and half lines. Throws `storage_corrupt` for what is not there or cannot be decompressed. */
export async function* readRows(target: BackupTarget, key: string): AsyncGenerator<Buffer> {
  const stored = Readable.from(copies(target.read(key)), { objectMode: false });
  const decompress = createZstdDecompress();
  const flow = pipeline(stored, decompress);
  flow.catch(() => undefined);
  try {
    for await (const bytes of decompress) yield bytes as Buffer;
    await flow;
  } catch (cause) {
    const isKnown = cause instanceof RegistryError;
    if (isKnown && cause.code === "blob_not_found")
      throw new RegistryError(
        "storage_corrupt",
        `The file ${key}${target.suffix} of a backup is missing.`,
        { cause },
      );
    if (isKnown) throw cause;
    throw new RegistryError("storage_corrupt", `The file ${key} of a backup is damaged.`, {
      cause,
    });
  } finally {
    stored.destroy();
  }
}

/** Throws `storage_corrupt` unless the file has the rows that the manifest says. */
export async function checkRows(target: BackupTarget, key: string, expected: Rows): Promise<void> {
  const sum = new RowSum();
  for await (const bytes of readRows(target, key)) sum.add(bytes);
  assertRows(key, sum.result(), expected);
}

/** Loads a file into a table. Throws `storage_corrupt` when it was another one; the caller rolls back. */
export async function loadRows(
  client: pg.ClientBase,
  copy: string,
  target: BackupTarget,
  file: { key: string; rows: Rows },
): Promise<void> {
  const sum = new RowSum();
  await pipeline(
    Readable.from(sum.tap(readRows(target, file.key)), { objectMode: false }),
    client.query(copyFrom(copy)),
  );
  assertRows(file.key, sum.result(), file.rows);
}

function assertRows(key: string, actual: Rows, { rows, bytes, sha256 }: Rows): void {
  if (actual.sha256 === sha256 && actual.bytes === bytes && actual.rows === rows) return;
  throw new RegistryError("storage_corrupt", `The file ${key} of a backup is damaged.`);
}

/** Streams keep what they are given, and the target uses its buffers again. */
async function* copies(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const bytes of source) yield Buffer.from(bytes);
}

class RowSum {
  readonly #hash = createHash("sha256");
  #rows = 0;
  #bytes = 0;

  /** COPY writes a line for each row, and the end of a line within a value in another way. */
  add(bytes: Buffer): void {
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1))
      this.#rows += 1;
  }

  async *tap(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const bytes of source) {
      this.add(bytes);
      yield bytes;
    }
  }

  result(): Rows {
    return { rows: this.#rows, bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }
}
