/** Between the address, which has RFC 3339 times, and a field of a form, which has the reader's own time without a zone. */

/** "2026-11-29T12:30" in the reader's zone; empty for what is no time. */
export function toLocalTime(moment: string | undefined): string {
  const at = new Date(moment ?? "");
  if (Number.isNaN(at.getTime())) return "";
  const shifted = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

/** RFC 3339 in UTC; empty for what is no time. */
export function toMoment(localTime: string): string {
  const at = new Date(localTime);
  return localTime === "" || Number.isNaN(at.getTime()) ? "" : at.toISOString();
}
