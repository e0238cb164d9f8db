export function countTests(
  kind: "vitest" | "playwright",
  reportFile: string,
  exitCode: number,
): Promise<{ passed: number; failed: number; skipped: number; failures: string[] }>;
