/** Files that an MLflow tracking server keeps, by its artifact proxy. The server is asked without a credential: what it shows to all. */
import { RegistryError } from "#lib/errors.ts";
import { theirAddressPolicy } from "#lib/mlflow-sync/check-tracking-uri.ts";
import { TheirError } from "#lib/mlflow-sync/their-error.ts";
import { findTheirFiles, folderIn, openTheirFile } from "#lib/mlflow-sync/their-files.ts";
import { TheirServer } from "#lib/mlflow-sync/their-server.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import type { ImportSource, Place } from "./import-source.ts";
import type { SourceFile, SourceTools } from "./source-file.ts";

/**
 * null: the source names no server, and none of the configured ones has it. Throws TheirError and `invalid_request` for one that it
 * names, `invalid_path`, `too_large`.
 */
export async function listTracking(
  ctx: ModelCtx,
  { servers, isNamed, place }: Extract<ImportSource, { kind: "tracking" }>,
  tools: SourceTools,
): Promise<SourceFile[] | null> {
  for (const origin of servers) {
    const { signal, patience } = tools;
    const server = new TheirServer(
      { trackingUri: origin, username: null, secret: null },
      { mayReach: theirAddressPolicy(ctx, origin), signal, patience },
    );
    try {
      const files = await listOf(server, place, tools.filesMax);
      if (files.length > 0) return files;
    } catch (error) {
      // Of a source that names no server this one may simply not be the one.
      if (isNamed || !(error instanceof TheirError)) throw error;
    }
  }
  if (isNamed) throw new RegistryError("invalid_request", "There are no files at the source.");
  return null;
}

async function listOf(server: TheirServer, place: Place, filesMax: number): Promise<SourceFile[]> {
  const path = folderIn(server.baseUrl, await uriOf(server, place));
  if (path === null) return [];
  const { folder, files } = await findTheirFiles(server, path, filesMax);
  return files.map((file) => ({ ...file, open: () => openTheirFile(server, folder, file) }));
}

async function uriOf(server: TheirServer, place: Place): Promise<string> {
  if ("uri" in place) return place.uri;
  const { run } = (await server.get("/api/2.0/mlflow/runs/get", { run_id: place.runId })) as {
    run?: { info?: { artifact_uri?: unknown } };
  };
  return `${String(run?.info?.artifact_uri ?? "").replace(/\/+$/, "")}/${place.path}`;
}
