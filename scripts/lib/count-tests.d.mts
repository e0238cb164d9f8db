export function countTests(
  kind: "vitest" | "playwright" | "pytest",
  reportFile: string,
  exitCode: number,
): Promise<{ passed: number; failed: number; skipped: number; failures: string[] }>;
