/** One file by the reader that knows it. */
import { isRegistryError, RegistryError } from "#lib/errors.ts";
import { type FileReading, HEAD_BYTES } from "../bytes/reader.ts";
import { plainText } from "../bytes/window-reader.ts";
import type { ByteSource, SourceFile } from "../contract.ts";
import { READERS } from "./inspect-readers.ts";

/** What the reader that knows the file says about it; null when none does. Throws `invalid_model_file`. */
export async function readFile(
  file: SourceFile,
  siblings: ReadonlyMap<string, ByteSource>,
): Promise<FileReading | null> {
  const head = await file.source.read(0, Math.min(HEAD_BYTES, file.source.sizeBytes));
  for (const reader of READERS) {
    if (!(await reader.detect(head, file.source))) continue;
    try {
      return await reader.read(file, siblings);
    } catch (error) {
      throw named(error, file.path);
    }
  }
  return null;
}

/** The error with the file's name in its sentence: readers of archives know only their members. */
export function named(error: unknown, path: string): unknown {
  if (!isRegistryError(error) || error.detail.includes(plainText(path, 200))) return error;
  const name = plainText(path, 200);
  return new RegistryError(error.code, `${name}: ${error.detail}`, {
    cause: error,
    problems: [{ pointer: "/file", detail: `${name}: ${error.detail}` }],
  });
}
