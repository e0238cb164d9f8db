import { getPriority, setPriority } from "node:os";

const BEHIND_REQUESTS = 10;

/**
 * Lets this thread work behind those that answer requests. On Linux a priority belongs to a thread; elsewhere it would slow
 * the whole server down. A server that runs with less already keeps that: only root may ask for more.
 */
export function lowerPriority(): void {
  if (process.platform === "linux" && getPriority(0) < BEHIND_REQUESTS)
    setPriority(0, BEHIND_REQUESTS);
}
