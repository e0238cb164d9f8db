import { RegistryError } from "#lib/errors.ts";

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

export function hasCode(error: unknown, ...codes: string[]): boolean {
  const code = codeOf(error);
  return code !== undefined && codes.includes(code);
}

/** The registry's error for a failed write; an error that means nothing to a client passes unchanged. */
export function writeError(error: unknown): unknown {
  switch (codeOf(error)) {
    case "ENOSPC":
    case "EDQUOT":
      return new RegistryError(
        "insufficient_storage",
        "The storage is full. Nothing of this request was kept; free space and send it again.",
        { cause: error },
      );
    case "EROFS":
    case "EACCES":
    case "EPERM":
      return new RegistryError(
        "storage_read_only",
        "The storage cannot be written right now. Nothing of this request was kept.",
        { cause: error },
      );
    default:
      return error;
  }
}

/** Runs a step that writes, with its errors mapped. */
export async function writing<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw writeError(error);
  }
}
