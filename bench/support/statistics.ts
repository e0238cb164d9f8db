/** The middle of some measurements; of an even count the lower one. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** Nearest-rank percentile, `share` from 0 to 1. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const index = Math.max(0, Math.ceil(sorted.length * share) - 1);
  return sorted[index] ?? Number.NaN;
}

/** One line of the table: what was measured, beside what, and whether the budget holds. */
export type Row = {
  work: string;
  measured: string;
  baseline: string;
  ratio: string;
  budget: string;
  isKept: boolean | null;
};

export function printTable(rows: readonly Row[]): void {
  const lines = [
    ["work", "measured", "baseline", "ratio", "budget", ""],
    ...rows.map((row) => [
      row.work,
      row.measured,
      row.baseline,
      row.ratio,
      row.budget,
      row.isKept === null ? "" : row.isKept ? "kept" : "MISSED",
    ]),
  ];
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  text.splice(1, 0, widths.map((width) => "-".repeat(width)).join("  "));
  console.log(`\n${text.join("\n")}\n`);
}

export function gigabytesPerSecond(bytes: number, seconds: number): string {
  return `${(bytes / seconds / 1e9).toFixed(2)} GB/s`;
}

/** How often each measurement is repeated; `BENCH_ROUNDS` shortens a run on a busy machine. */
export function roundsOr(usual: number): number {
  return Number(process.env.BENCH_ROUNDS ?? usual);
}
