import { isRegistryError, RegistryError } from "#lib/errors.ts";

export function isMissing(error: unknown): boolean {
  return isRegistryError(error) && error.code === "blob_not_found";
}

export function isDamaged(error: unknown): boolean {
  return isRegistryError(error) && error.code === "storage_corrupt";
}

export function missing(cause: unknown): RegistryError {
  return new RegistryError(
    "storage_corrupt",
    "The stored bytes are missing or damaged; tell the administrator.",
    { cause },
  );
}
