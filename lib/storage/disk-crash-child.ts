/**
 * For disk-faults.test.ts: a process that is killed in the middle of writing. Argument: the base folder. It prints
 * each digest whose commit resolved, and writes on without end.
 */
import { randomBytes } from "node:crypto";
import { writeSync } from "node:fs";
import { DiskStorage } from "./disk.ts";
import { blobKey } from "./layout.ts";

const [folder = ""] = process.argv.slice(2);
const storage = new DiskStorage(folder);
await storage.open();

async function writeForEver(): Promise<never> {
  for (;;) {
    const writer = await storage.createWriter();
    const size = 1 + Math.floor(Math.random() * 1_500_000);
    for (let left = size; left > 0; left -= 100_000)
      await writer.write(randomBytes(Math.min(left, 100_000)));
    const { sha256 } = await writer.finish();
    await writer.commit(blobKey(sha256));
    writeSync(1, `${sha256}\n`);
  }
}
await Promise.all([writeForEver(), writeForEver(), writeForEver()]);
