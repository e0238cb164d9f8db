/** The S3 driver against the plain SDK on the same store: a file hashed and stored, and read in order. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { blobKey } from "../lib/storage/layout.ts";
import { S3Storage } from "../lib/storage/s3.ts";
import type { S3Settings } from "../lib/storage/s3-settings.ts";
import { S3_KEYS, startS3Server } from "../tests/support/s3-server.ts";
import { gigabytesPerSecond, median, type Row, roundsOr } from "./support/statistics.ts";
import { writeModelFile } from "./support/workplace.ts";

const SIZE_BYTES = 256 * 1024 ** 2;
const CHUNK_BYTES = 1024 * 1024;
const ROUNDS = roundsOr(5);

type Side = "driver" | "sdk";
type Work = Record<Side, (round: number) => Promise<void>>;

export async function benchS3(folder: string): Promise<Row[]> {
  const path = join(folder, "model.safetensors");
  await writeModelFile(path, SIZE_BYTES);
  const server = await startS3Server();
  const settings = await server.createBucket();
  const client = new S3Client({
    ...{ endpoint: server.endpoint, region: settings.region, forcePathStyle: true },
    credentials: S3_KEYS,
  });
  const storage = new S3Storage(settings, join(folder, "spool"));
  try {
    await storage.open();
    const up = await inTurn({
      driver: (round) => store(storage, path, round),
      sdk: (round) => storePlainly(client, settings, path, round),
    });
    const down = await inTurn({
      driver: () => readDriver(storage, 1),
      sdk: () => readPlainly(client, settings, 1),
    });
    return [
      row("S3 driver, 256 MiB stored", up, "lib-storage"),
      row("S3 driver, 256 MiB read", down, "GetObject"),
    ];
  } finally {
    await storage.close();
    client.destroy();
    await server.stop();
  }
}

/** Round 0 warms up; then both take turns. */
async function inTurn(work: Work): Promise<Record<Side, number>> {
  const seconds: Record<Side, number[]> = { driver: [], sdk: [] };
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const side of ["sdk", "driver"] as const) {
      const begun = performance.now();
      await work[side](round);
      if (round > 0) seconds[side].push((performance.now() - begun) / 1000);
    }
  }
  return { driver: median(seconds.driver), sdk: median(seconds.sdk) };
}

/** Other bytes in each round, so that every one is new to the store. */
async function store(storage: S3Storage, path: string, round: number): Promise<void> {
  const writer = await storage.createWriter();
  for await (const chunk of chunksOf(path, round)) await writer.write(chunk);
  await writer.finish();
  await writer.commit(keyOf(round));
}

/** What a program without the driver would do: the key is known before, and the hash is taken on the way. */
async function storePlainly(
  client: S3Client,
  { bucket, prefix }: S3Settings,
  path: string,
  round: number,
): Promise<void> {
  const hash = createHash("sha256");
  async function* hashed() {
    for await (const chunk of chunksOf(path, round)) {
      hash.update(chunk);
      // The SDK keeps what it is given until it has a whole part.
      yield Buffer.from(chunk);
    }
  }
  const params = { Bucket: bucket, Key: `${prefix}plain/${round}`, Body: Readable.from(hashed()) };
  await new Upload({ client, params, queueSize: 4, partSize: 16 * 1024 * 1024 }).done();
  hash.digest("hex");
}

async function* chunksOf(path: string, round: number): AsyncIterable<Uint8Array> {
  const mark = Buffer.from(String(round).padStart(16));
  let isFirst = true;
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
    if (isFirst) mark.copy(chunk as Buffer, (chunk as Buffer).length - mark.length);
    isFirst = false;
    yield chunk as Buffer;
  }
}

const keyOf = (round: number) => blobKey(createHash("sha256").update(String(round)).digest("hex"));

async function readDriver(storage: S3Storage, round: number): Promise<void> {
  const reader = await storage.openReader(keyOf(round));
  const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  for (let at = 0; at < reader.sizeBytes; at += buffer.length) await reader.read(buffer, at);
  await reader.close();
}

async function readPlainly(
  client: S3Client,
  { bucket, prefix }: S3Settings,
  round: number,
): Promise<void> {
  const object = { Bucket: bucket, Key: `${prefix}plain/${round}` };
  const { Body } = await client.send(new GetObjectCommand(object));
  let bytes = 0;
  for await (const chunk of Body as Readable) bytes += (chunk as Buffer).length;
  if (bytes < SIZE_BYTES) throw new Error(`GetObject gave ${bytes} bytes.`);
}

function row(work: string, seconds: Record<Side, number>, baseline: string): Row {
  const ratio = seconds.sdk / seconds.driver;
  return {
    work,
    measured: gigabytesPerSecond(SIZE_BYTES, seconds.driver),
    baseline: `${gigabytesPerSecond(SIZE_BYTES, seconds.sdk)} ${baseline}`,
    ratio: ratio.toFixed(2),
    budget: ">= 0.8",
    isKept: ratio >= 0.8,
  };
}
