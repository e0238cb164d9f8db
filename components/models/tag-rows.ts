/** A tag while it is edited; `id` keeps a row's input focused while its key changes. */
export type TagRow = { id: number; key: string; value: string };

export function toTagRows(tags: Record<string, string>): TagRow[] {
  const rows = Object.entries(tags).map(([key, value], id) => ({ id, key, value }));
  return rows.length > 0 ? rows : [{ id: 0, key: "", value: "" }];
}

/** Rows without key and value are left out; a value without a key and a key given twice are refused. */
export function toTags(
  rows: readonly TagRow[],
): { tags: Record<string, string> } | { problem: "missingKey" | "twice"; key: string } {
  const tags = new Map<string, string>();
  for (const row of rows) {
    const key = row.key.trim();
    if (key === "" && row.value.trim() === "") continue;
    if (key === "") return { problem: "missingKey", key: row.value };
    if (tags.has(key)) return { problem: "twice", key };
    tags.set(key, row.value.trim());
  }
  return { tags: Object.fromEntries(tags) };
}
