import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { type S3Server, startS3Server } from "../../tests/support/s3-server.ts";
import { type DriverUnderTest, describeStorageContract } from "./contract-suite.ts";
import { S3Storage } from "./s3.ts";
import { describeUploadContract } from "./upload-suite.ts";

let server: S3Server;
let spool: string;
beforeAll(async () => {
  server = await startS3Server();
  spool = await mkdtemp(join(tmpdir(), "registry-spool-"));
});
afterAll(async () => {
  await server?.stop();
  await rm(spool, { recursive: true, force: true });
});

const driver: DriverUnderTest = {
  open: async () => {
    const storage = new S3Storage(await server.createBucket(), spool);
    await storage.open();
    const dispose = async () => {
      // Whatever a behaviour did, it may not leave temp files.
      expect(await readdir(join(spool, "uploads"))).toEqual([]);
      await storage.close();
    };
    return { storage, dispose };
  },
};
describeStorageContract("s3", driver);
describeUploadContract("s3", driver);
