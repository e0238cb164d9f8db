import { expect, test } from "vitest";
import type { SettledVerdict } from "#lib/scan/verdict.ts";
import { versionVerdict } from "./version-verdict.ts";

const loaded = (verdict: SettledVerdict) => ({ verdict, isLoaded: true });
const beside = (verdict: SettledVerdict) => ({ verdict, isLoaded: false });

test("a file that no loader opens does not quarantine the version", () => {
  expect(versionVerdict([loaded("clean"), beside("suspicious")])).toBe("clean");
  expect(versionVerdict([loaded("clean"), beside("unscannable")])).toBe("clean");
  expect(versionVerdict([loaded("suspicious"), beside("unscannable")])).toBe("suspicious");
});

test("the worst of what a loader opens counts", () => {
  const files = [loaded("clean"), loaded("unscannable"), loaded("suspicious"), beside("clean")];
  expect(versionVerdict(files)).toBe("unscannable");
});

test("malicious code counts wherever it lies", () => {
  expect(versionVerdict([loaded("clean"), beside("malicious")])).toBe("malicious");
});

test("without a file that a loader opens, all count", () => {
  expect(versionVerdict([beside("clean"), beside("suspicious")])).toBe("suspicious");
  expect(versionVerdict([beside("unscannable")])).toBe("unscannable");
  expect(versionVerdict([])).toBe("clean");
});
