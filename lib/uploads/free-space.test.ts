import { describe, expect, it } from "vitest";
import type { StorageDriver } from "#lib/storage/contract.ts";
import { checkSpace, claimSpace } from "./free-space.ts";

const MEBIBYTE = 1024 * 1024;
const FULL = { code: "insufficient_storage" };

/** A store that only knows how full it is. */
function store(freeMebibytes: number) {
  const disk = { freeBytes: freeMebibytes * MEBIBYTE };
  const capacity = async () => ({ totalBytes: 1000 * MEBIBYTE, freeBytes: disk.freeBytes });
  return { disk, storage: { capacity } as unknown as StorageDriver };
}

const limits = { minFreeSpaceBytes: 10 * MEBIBYTE };
const claim = (storage: StorageDriver, mebibytes: number) =>
  claimSpace(storage, mebibytes * MEBIBYTE, limits);

describe("claimSpace", () => {
  it("lets of many that arrive at once as many in as fit", async () => {
    const { storage } = store(110);
    const answers = await Promise.allSettled(Array.from({ length: 9 }, () => claim(storage, 30)));
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
  });

  it("gives back what is released, once", async () => {
    const { storage } = store(110);
    const first = await claim(storage, 100);
    await expect(claim(storage, 1)).rejects.toMatchObject(FULL);
    first.release();
    first.release();
    await claim(storage, 100);
    await expect(claim(storage, 1)).rejects.toMatchObject(FULL);
  });

  it("counts what is written once: as claimed before, as used afterwards", async () => {
    const { storage, disk } = store(110);
    const first = await claim(storage, 80);
    first.received(60 * MEBIBYTE);
    disk.freeBytes -= 60 * MEBIBYTE;
    // 50 are free, 10 of them stay free, 20 are to come and 2 may not be seen yet.
    await expect(claim(storage, 19)).rejects.toMatchObject(FULL);
    const second = await claim(storage, 18);
    first.release();
    second.release();
  });

  it("knows nothing of what other stores hold", async () => {
    await claim(store(110).storage, 100);
    await claim(store(110).storage, 100);
  });

  it("takes everything where no limit is known", async () => {
    const storage = { capacity: async () => null } as unknown as StorageDriver;
    await claim(storage, 1e9);
    await expect(checkSpace(storage, 1e15, limits)).resolves.toBeUndefined();
  });
});

it("checkSpace leaves what shall stay free", async () => {
  const { storage } = store(20);
  await expect(checkSpace(storage, 10 * MEBIBYTE, limits)).resolves.toBeUndefined();
  await expect(checkSpace(storage, 10 * MEBIBYTE + 1, limits)).rejects.toMatchObject(FULL);
});
