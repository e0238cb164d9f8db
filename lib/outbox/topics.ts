/** What webhooks may be told of: changes whose action begins with one of these words. Sign-ins, tokens and accounts are not. */
export const TOPICS = [
  "model",
  "version",
  "alias",
  "move",
  "protection",
  "load",
  "alert",
  "storage",
  "operation",
] as const;

export function isTold(action: string): boolean {
  return (TOPICS as readonly string[]).includes(action.split(".")[0] ?? "");
}
