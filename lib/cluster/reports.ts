/** Agents report every 2 s while something changes, else every 10 s; without a report for this long contact is lost. */
export const AGENT_SILENT_AFTER_MS = 30_000;
/** A cluster that nobody has reported for so long is forgotten. */
export const FORGOTTEN_AFTER_MS = 7 * 24 * 60 * 60 * 1000;
