import { expect, test } from "vitest";
import { cpuMsOfProcess } from "./process-time.ts";

test("counts the time that a process works, never backwards", async () => {
  const before = await cpuMsOfProcess(process.pid);
  const begun = process.cpuUsage();
  let worked = 0;
  while (worked < 100_000) worked = process.cpuUsage(begun).user;
  expect((await cpuMsOfProcess(process.pid)) - before).toBeGreaterThanOrEqual(50);
});

test("falls back to the clock for a process that is not to be seen", async () => {
  const before = await cpuMsOfProcess(undefined);
  expect(await cpuMsOfProcess(undefined)).toBeGreaterThanOrEqual(before);
});
