import { expect, it } from "vitest";
import { Attempts, parseRetryAfter } from "./attempts.ts";
import { compareVersions } from "./compatibility.ts";

it("attempts come later each time, until patience ends, and begin anew after success", () => {
  let now = 0;
  const attempts = new Attempts(
    { silentMs: 1_000, busyMs: 60_000 },
    () => now,
    () => 0.5,
  );
  const delays: (number | null)[] = [];
  for (let index = 0; index < 5; index += 1) {
    const delay = attempts.next("silentMs");
    delays.push(delay);
    now += delay ?? 0;
  }
  expect(delays).toEqual([100, 200, 400, null, null]);
  attempts.succeed();
  expect(attempts.next("silentMs")).toBe(100);
});

it("what the server asks for counts, within reason", () => {
  const attempts = new Attempts({ silentMs: 1, busyMs: 300_000 }, () => 0);
  expect(attempts.next("busyMs", 7_000)).toBe(7_000);
  expect(attempts.next("busyMs", 1e12)).toBe(60_000);
});

it.each([
  ["5", 5_000],
  ["Sun, 29 Nov 2026 12:00:10 GMT", 10_000],
  ["Sun, 29 Nov 2020 12:00:10 GMT", 0],
  ["-1", null],
  ["soon", null],
  [undefined, null],
])("Retry-After %j is %j ms", (header, ms) => {
  expect(parseRetryAfter(header, Date.parse("2026-11-29T12:00:00Z"))).toBe(ms);
});

it.each([
  ["0.1.9", "0.1.0", "fits"],
  ["0.2.0", "0.1.0", "server-too-new"],
  ["0.1.0", "0.2.0", "server-too-old"],
  ["1.9.0", "1.0.0", "fits"],
  ["2.0.0", "1.9.9", "server-too-new"],
  [null, "1.0.0", "server-too-old"],
  ["one", "1.0.0", "unknown"],
])("a server %j and a command line %j: %s", (server, own, fit) => {
  expect(compareVersions(server, own)).toBe(fit);
});
