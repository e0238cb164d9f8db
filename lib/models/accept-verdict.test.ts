import { expect, test } from "vitest";
import { acceptVerdict } from "./accept-verdict.ts";

const accept = (verdict: string, acceptance: Parameters<typeof acceptVerdict>[2]) => () =>
  acceptVerdict("m", { version: "1.0.0", verdict }, acceptance);

test("a clean version needs no word", () => {
  expect(accept("clean", {})()).toEqual({});
  expect(accept("clean", { accept_risk: true, comment: "why not" })()).toEqual({});
});

test.each(["suspicious", "malicious", "unscannable", "pending"])(
  "a %s version is accepted with a reason only",
  (verdict) => {
    const code = "version_not_clean";
    const without = (...pointers: string[]) =>
      expect.objectContaining({
        code,
        problems: pointers.map((pointer) => expect.objectContaining({ pointer })),
      });
    expect(accept(verdict, {})).toThrow(without("/accept_risk", "/comment"));
    expect(accept(verdict, { comment: "reviewed" })).toThrow(without("/accept_risk"));
    expect(accept(verdict, { accept_risk: true })).toThrow(without("/comment"));
    expect(accept(verdict, { accept_risk: true, comment: " \n\t" })).toThrow(without("/comment"));
    expect(accept(verdict, { accept_risk: true, comment: "reviewed" })()).toEqual({
      accepted_verdict: verdict,
    });
  },
);
