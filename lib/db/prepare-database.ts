import { DatabaseStartError } from "./database-start-error.ts";
import { applyMigrations } from "./migrate.ts";
import { findAuditRights, grantServerRole, openServerRole } from "./server-role.ts";

export type PreparedDatabase = {
  /** For the server. */
  url: string;
  /** The migrations that were applied now. */
  applied: string[];
  /** What the server's role could do to the audit log that it should not. */
  auditRights: string[];
};

/**
 * Applies the migrations and sees to the rights of the server's role. `ownerUrl` owns the tables; `serverUrl` is null for the embedded
 * PostgreSQL, whose role for the server is made here. Throws DatabaseStartError with a sentence.
 */
export async function prepareDatabase(
  { ownerUrl, serverUrl }: { ownerUrl: string; serverUrl: string | null },
  projectFolder: string,
): Promise<PreparedDatabase> {
  const applied = await applyMigrations(ownerUrl, projectFolder);
  try {
    if (serverUrl === null)
      return { url: await openServerRole(ownerUrl), applied, auditRights: [] };
    if (serverUrl !== ownerUrl) await grantServerRole(ownerUrl, serverUrl);
    return { url: serverUrl, applied, auditRights: await findAuditRights(serverUrl) };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DatabaseStartError(
      `The rights of the server's database role cannot be set: ${reason}`,
      {
        cause,
      },
    );
  }
}
