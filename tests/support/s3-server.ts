/** A real S3 store (SeaweedFS) on free ports, with a data folder of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import type { S3Settings } from "../../lib/storage/s3-settings.ts";
import { ensureS3Server } from "../../scripts/lib/ensure-s3-server.mjs";

const START_TIMEOUT_MS = 120_000;
const POLL_MS = 50;
export const S3_KEYS = { accessKeyId: "registry-key", secretAccessKey: "registry-secret-7ac1" };
/** May read and list, not write. */
export const S3_READER_KEYS = { accessKeyId: "reader-key", secretAccessKey: "reader-secret-91d2" };

export type S3Server = {
  readonly endpoint: string;
  readonly pid: number;
  /** A new, empty bucket; settings that use it, with a prefix. */
  createBucket(): Promise<S3Settings>;
  /** A client with all rights, to look behind the driver's back. */
  readonly client: S3Client;
  stop(): Promise<void>;
};

export async function startS3Server(): Promise<S3Server> {
  const program = await ensureS3Server();
  const folder = await mkdtemp(join(tmpdir(), "registry-s3-"));
  const ports = await freePorts(8);
  const config = join(folder, "s3.json");
  await mkdir(join(folder, "data"));
  await writeFile(config, JSON.stringify(identities()));
  const printed: string[] = [];
  const child = spawn(program, flags(folder, config, ports), {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const note = (chunk: unknown) => {
    printed.push(String(chunk));
    if (printed.length > 200) printed.shift();
  };
  child.stdout.on("data", note);
  child.stderr.on("data", note);
  const endOrphan = () => child.kill("SIGKILL");
  process.once("exit", endOrphan);
  const endpoint = `http://127.0.0.1:${ports[0]}`;
  const client = new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: S3_KEYS,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  const createBucket = async () => {
    const bucket = `test-${randomBytes(6).toString("hex")}`;
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    return {
      ...{ endpoint, region: "us-east-1", bucket, prefix: "registry/", forcePathStyle: true },
      ...S3_KEYS,
    };
  };
  const stop = async () => {
    client.destroy();
    process.off("exit", endOrphan);
    const ended = child.exitCode !== null || new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await waitUntilReady(child, createBucket, printed);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, pid: child.pid ?? 0, client, createBucket, stop };
}

function identities() {
  const identity = (name: string, keys: typeof S3_KEYS, actions: string[]) => ({
    name,
    credentials: [{ accessKey: keys.accessKeyId, secretKey: keys.secretAccessKey }],
    actions,
  });
  return {
    identities: [
      identity("registry", S3_KEYS, ["Admin", "Read", "Write", "List"]),
      identity("reader", S3_READER_KEYS, ["Read", "List"]),
    ],
  };
}

function flags(folder: string, config: string, ports: number[]): string[] {
  const [s3, s3Grpc, filer, filerGrpc, volume, volumeGrpc, master, masterGrpc] = ports;
  return [
    ...["-logtostderr", "-v=0", "server", `-dir=${join(folder, "data")}`],
    ...["-ip=127.0.0.1", "-ip.bind=127.0.0.1"],
    ...[`-master.port=${master}`, `-master.port.grpc=${masterGrpc}`, "-master.telemetry=false"],
    // Many small volumes, since every bucket has its own; and no space set aside for them.
    ...["-master.volumeSizeLimitMB=512", "-volume.max=400", "-master.volumePreallocate=false"],
    ...[`-volume.port=${volume}`, `-volume.port.grpc=${volumeGrpc}`, "-volume.preStopSeconds=0"],
    ...[`-filer.port=${filer}`, `-filer.port.grpc=${filerGrpc}`],
    `-filer.localSocket=${join(folder, "filer.sock")}`,
    ...["-s3", `-s3.port=${s3}`, `-s3.port.grpc=${s3Grpc}`, `-s3.config=${config}`],
    ...["-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.autoCreateBucket=false"],
    `-s3.localSocket=${join(folder, "s3.sock")}`,
  ];
}

/** The store answers before it can write; a bucket that could be made says that it is whole. */
async function waitUntilReady(
  child: ChildProcess,
  createBucket: () => Promise<unknown>,
  printed: string[],
): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    const isReady = await createBucket().then(
      () => true,
      () => false,
    );
    if (isReady) return;
    await sleep(POLL_MS);
  }
  throw new Error(`The S3 server did not become ready:\n${printed.join("").slice(-3000)}`);
}

/** All are open at once, so that they differ. Another program may take one before the server does. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => {
            const address = server.address();
            resolve(typeof address === "object" && address ? address.port : 0);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
