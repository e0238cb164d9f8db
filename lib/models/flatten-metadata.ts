/** Deeper values, and those after so many, are shown as the JSON that they are part of, or not at all. */
const DEPTH_MAX = 4;
const LEAVES_MAX = 500;

/** The values of metadata by their paths (`metrics.accuracy`); lists, and what lies too deep, stay whole. */
export function flattenMetadata(metadata: Record<string, unknown>): Map<string, unknown> {
  const leaves = new Map<string, unknown>();
  const visit = (value: unknown, path: string, depth: number) => {
    if (leaves.size >= LEAVES_MAX) return;
    const entries = isRecord(value) && depth <= DEPTH_MAX ? Object.entries(value) : [];
    if (entries.length === 0) leaves.set(path, value);
    for (const [key, inner] of entries) visit(inner, `${path}.${key}`, depth + 1);
  };
  for (const [key, value] of Object.entries(metadata)) visit(value, key, 1);
  return leaves;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
