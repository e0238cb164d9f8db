/** How the import of a version stands whose bytes are not here yet. */
import type { Operation } from "#lib/db/generated/client.ts";
import { RegistryError } from "#lib/errors.ts";

/** The operation that imports it. */
export type ImportOperation = Pick<Operation, "state" | "error">;
export type ImportStanding = { isOver: boolean; reason: string };

/** null where nothing is imported, or no more: its bytes are here, or stay where they are. */
export function importStanding({
  location,
  operation,
}: {
  location: string | null;
  operation: ImportOperation | null;
}): ImportStanding | null {
  if (location === null || operation === null || operation.state === "done") return null;
  const { state, error } = operation;
  if (state === "cancelled") return { isOver: true, reason: "The import was cancelled." };
  if (state === "failed") return { isOver: true, reason: `The import failed: ${error ?? ""}` };
  const again = error === null ? "" : ` It is tried again: ${error}`;
  return { isOver: false, reason: `The bytes are being imported.${again}` };
}

/** Nobody is led to bytes that are to come, or never came. Throws `version_incomplete`. */
export function assertNotImporting(named: string, standing: ImportStanding | null): void {
  if (standing === null) return;
  throw new RegistryError("version_incomplete", `${named} has no bytes here. ${standing.reason}`);
}
