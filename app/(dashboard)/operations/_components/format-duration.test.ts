import { expect, it } from "vitest";
import { formatDuration } from "./format-duration.ts";

it.each([
  [-3, "0 sec"],
  [0.4, "0 sec"],
  [59, "59 sec"],
  [60, "1 min"],
  [61, "1 min 1 sec"],
  [3_725, "1 hr 2 min"],
  [90_000, "1 day 1 hr"],
])("%d s are %j", (seconds, text) => {
  expect(formatDuration(seconds, "en")).toBe(text);
});

it("speaks the reader's language", () => {
  expect(formatDuration(3_725, "pt-BR")).toBe("1 h 2 min");
});
