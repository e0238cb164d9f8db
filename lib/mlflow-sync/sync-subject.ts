/** What an operation says of its run: `<id of the rule>`, and `<id> dry-run` for one that changes nothing. */
const DRY_RUN = " dry-run";

export function syncSubject({ id, isDryRun }: { id: string; isDryRun: boolean }): string {
  return isDryRun ? id + DRY_RUN : id;
}

export function readSyncSubject(subject: string | null): { id: string; isDryRun: boolean } {
  const text = subject ?? "";
  const isDryRun = text.endsWith(DRY_RUN);
  return { id: isDryRun ? text.slice(0, -DRY_RUN.length) : text, isDryRun };
}
