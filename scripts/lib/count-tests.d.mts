export type Test = { file: string; name: string; status: "passed" | "failed" | "skipped" };
export function readTests(
  kind: "vitest" | "playwright" | "pytest",
  reportFile: string,
  exitCode: number,
): Promise<Test[]>;
export function countTests(tests: readonly Test[]): {
  passed: number;
  failed: number;
  skipped: number;
  failures: string[];
};
export function filesToRepeat(tests: readonly Test[]): string[] | null;
export function withSecondAttempt(first: readonly Test[], second: readonly Test[]): Test[];
