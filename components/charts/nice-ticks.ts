/** Where the lines of a chart's grid are: round numbers and round times. */

const DECIMAL_STEPS = [1, 2, 2.5, 5, 10];
/** Of what is counted in sixties: no axis says 25 s, 50 s, 75 s. */
const SIXTIETH_STEPS = [1, 2, 5, 10, 15, 20, 30, 60];
const TICKS = 4;

/** What the values are of: a number, a size in bytes, a duration in seconds, a share of one. */
export type Measure = "amount" | "bytes" | "seconds" | "share";

/** From zero to the first round number that is not below `highest`, in about four steps. */
export function valueTicks(highest: number, measure: Measure, least = 0): number[] {
  const top = Math.max(highest, least);
  if (!(top > 0)) return [0, 1];
  const step = roundStep(top / TICKS, measure);
  const count = Math.ceil(top / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

function roundStep(rough: number, measure: Measure): number {
  if (measure === "bytes") {
    const unit = 1024 ** Math.max(0, Math.floor(Math.log(rough) / Math.log(1024)));
    return decimalStep(rough / unit) * unit;
  }
  if (measure === "seconds" && rough >= 1) {
    const unit = rough >= 86_400 ? 86_400 : rough >= 3_600 ? 3_600 : rough >= 60 ? 60 : 1;
    const inside = rough / unit;
    if (unit === 86_400 || inside > 60) return decimalStep(inside) * unit;
    return (SIXTIETH_STEPS.find((step) => step >= inside) ?? 60) * unit;
  }
  return decimalStep(rough);
}

function decimalStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const fraction = rough / power;
  return (DECIMAL_STEPS.find((step) => step >= fraction - 1e-9) ?? 10) * power;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const TIME_STEPS_MS = [
  ...[1, 5, 10, 15, 30].map((count) => count * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR_MS),
  ...[1, 2, 5, 7, 14, 30].map((count) => count * DAY_MS),
];

/**
 * Round times within a range, at most `most` of them. `offsetMs` is how far the reader's clock is ahead of UTC, so that days
 * begin at the reader's midnight.
 */
export function timeTicks(
  from: number,
  to: number,
  { most, offsetMs }: { most: number; offsetMs: number },
): number[] {
  const step = TIME_STEPS_MS.find((each) => (to - from) / each <= most) ?? 30 * DAY_MS;
  const ticks: number[] = [];
  for (let at = Math.ceil((from + offsetMs) / step) * step - offsetMs; at < to; at += step)
    ticks.push(at);
  return ticks;
}
