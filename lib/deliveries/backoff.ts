/** Seconds between the attempts; from the last one on that time again and again, until the message expires. */
const PAUSES = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400] as const;
/** So that messages that failed together do not come together. */
const SPREAD = 0.1;

/** When a message whose attempts have failed is due again. `random` is from 0 to 1. */
export function pauseMs(attempts: number, random = Math.random()): number {
  const pause = PAUSES[Math.min(attempts, PAUSES.length) - 1] ?? PAUSES[0];
  return Math.round(pause * 1_000 * (1 + SPREAD * (2 * random - 1)));
}
