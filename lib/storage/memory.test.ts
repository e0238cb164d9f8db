import { describe, expect, it } from "vitest";
import { type DriverUnderTest, describeStorageContract } from "./contract-suite.ts";
import { MemoryStorage } from "./memory.ts";
import { describeUploadContract } from "./upload-suite.ts";

const driver: DriverUnderTest = {
  open: async () => {
    const storage = new MemoryStorage();
    await storage.open();
    return { storage, dispose: () => storage.close() };
  },
};
describeStorageContract("memory", driver);
describeUploadContract("memory", driver);

describe("memory with a limit", () => {
  it("throws insufficient_storage when it is full, and has the room again after abort", async () => {
    const storage = new MemoryStorage({ limitBytes: 100 });
    const writer = await storage.createWriter();
    await writer.write(new Uint8Array(80));
    await expect(writer.write(new Uint8Array(30))).rejects.toMatchObject({
      code: "insufficient_storage",
    });
    await writer.abort();
    expect(await storage.capacity()).toEqual({ totalBytes: 100, freeBytes: 100 });
  });
});
