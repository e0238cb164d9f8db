/** What charts of lines, their legends and their tables share. */

export type ChartLine = {
  key: string;
  label: string;
  /** One for each time; null where nothing was measured. */
  values: readonly (number | null)[];
};

/** A moment at which something happened. */
export type Mark = { at: number; label: string; isCritical: boolean };

const COLORS = 8;
const DASHES = [undefined, "6 3", "2 2", "10 3 2 3"];

/** Colour and dashes of the line at this place: told apart without the colour as well. */
export function strokeOf(index: number): { stroke: string; strokeDasharray?: string } {
  const dashes = DASHES[index % DASHES.length];
  const stroke = `var(--line-${(index % COLORS) + 1})`;
  return dashes === undefined ? { stroke } : { stroke, strokeDasharray: dashes };
}

const DAY_MS = 86_400_000;

/** Short, for the axis of a range of this length: the time of the day, or the day. */
export function formatTimeTick(at: number, rangeMs: number, locale: string): string {
  const options: Intl.DateTimeFormatOptions =
    rangeMs <= DAY_MS ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short" };
  return new Intl.DateTimeFormat(locale, options).format(at);
}

/** A moment in the reader's own zone, to the second. */
export function formatMoment(at: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" }).format(at);
}

/** The newest value that is known. */
export function lastOf(values: readonly (number | null)[]): number | null {
  return values.findLast((value) => value !== null) ?? null;
}

export function isEmpty(lines: readonly ChartLine[]): boolean {
  return lines.every(({ values }) => values.every((value) => value === null));
}
