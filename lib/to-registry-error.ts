import { type DatabaseTrouble, databaseTrouble } from "#lib/db/database-errors.ts";
import { isRegistryError, RegistryError } from "./errors.ts";

/** The part of anything thrown that the client may know. Only a RegistryError's own words get out. */
export function toRegistryError(thrown: unknown): RegistryError {
  // Compared by name: the services may come from another of Next's bundles, which has a class of its own.
  if (isRegistryError(thrown)) return thrown;
  const trouble = troubleOf(thrown);
  if (trouble !== null)
    return new RegistryError("unavailable", `${TROUBLES[trouble]} Try again in a moment.`, {
      cause: thrown,
    });
  return new RegistryError(
    "internal",
    "The server failed; its log has the cause under this request id.",
    {
      cause: thrown,
    },
  );
}

const TROUBLES: Record<DatabaseTrouble, string> = {
  silent: "The database does not answer.",
  full: "The database has no free connection for this request.",
  busy: "The database has too much to do and did not end this request in time.",
};

function troubleOf(thrown: unknown): DatabaseTrouble | null {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    const trouble = databaseTrouble(error);
    if (trouble !== null) return trouble;
  }
  return null;
}
