import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const priorityAt = (nice: number) => {
  const file = JSON.stringify(join(import.meta.dirname, "lower-priority.ts"));
  const script = `const { lowerPriority } = await import(${file}); lowerPriority();
    console.log((await import("node:os")).getPriority(0));`;
  const node = [process.execPath, "--input-type=module", "--eval", script];
  return Number(execFileSync("nice", ["-n", String(nice), ...node], { encoding: "utf8" }));
};

it.runIf(process.platform === "linux")("goes behind requests, and never back to the front", () => {
  const own = Number(execFileSync("nice", { encoding: "utf8" }));
  expect(priorityAt(Math.max(0, 5 - own))).toBe(Math.max(10, own));
  expect(priorityAt(15 - own)).toBe(15);
});
