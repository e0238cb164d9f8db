/**
 * Where the files of a version go on the other server. MLflow takes a version from its own artifact store only where a run is
 * named that the files belong to; a registry without runs takes them at any path.
 */
import { TheirError } from "./their-error.ts";
import { ARTIFACTS } from "./their-files.ts";
import type { TheirServer } from "./their-server.ts";

const API = "/api/2.0/mlflow";
const EXPERIMENT = "model-registry";
const KEY_TAG = "registry.sync";

export type Place = { uri: string; runId: string | null };
type Run = { info?: { run_id?: unknown; artifact_uri?: unknown } };

/** The same place for the same `key`, so that an interrupted upload goes on there. Throws TheirError. */
export async function openPlace(
  server: TheirServer,
  { key, title }: { key: string; title: string },
): Promise<Place> {
  const experiment = await openExperiment(server);
  if (experiment === null) {
    const uri = `${server.baseUrl}${ARTIFACTS}/${EXPERIMENT}/${key}`;
    return { uri, runId: null };
  }
  const run =
    (await findRun(server, experiment, key)) ??
    (await createRun(server, experiment, { key, title }));
  const { run_id: runId, artifact_uri: uri } = run.info ?? {};
  if (typeof runId !== "string" || typeof uri !== "string")
    throw new TheirError("unreadable", "It did not say where the files of its run are.");
  return { uri: `${uri.replace(/\/+$/, "")}/model`, runId };
}

/** null where there are no experiments at all. */
async function openExperiment(server: TheirServer): Promise<string | null> {
  const path = `${API}/experiments/get-by-name`;
  const found = (await server.get(path, { experiment_name: EXPERIMENT }).catch(orNull)) as {
    experiment?: { experiment_id?: unknown };
  } | null;
  const known = found?.experiment?.experiment_id;
  if (known !== undefined) return String(known);
  const made = (await server
    .change("POST", `${API}/experiments/create`, { name: EXPERIMENT })
    .catch(orNull)) as { experiment_id?: unknown } | null;
  return made?.experiment_id === undefined ? null : String(made.experiment_id);
}

async function findRun(server: TheirServer, experiment: string, key: string): Promise<Run | null> {
  const { runs } = (await server.change("POST", `${API}/runs/search`, {
    experiment_ids: [experiment],
    filter: `tags.\`${KEY_TAG}\` = '${key}'`,
    max_results: 1,
  })) as { runs?: unknown };
  return Array.isArray(runs) ? ((runs[0] as Run | undefined) ?? null) : null;
}

async function createRun(
  server: TheirServer,
  experiment: string,
  { key, title }: { key: string; title: string },
): Promise<Run> {
  const at = Date.now();
  const { run } = (await server.change("POST", `${API}/runs/create`, {
    experiment_id: experiment,
    start_time: at,
    run_name: title,
    tags: [{ key: KEY_TAG, value: key }],
  })) as { run?: Run };
  const id = run?.info?.run_id;
  if (typeof id === "string")
    await server.change("POST", `${API}/runs/update`, {
      run_id: id,
      status: "FINISHED",
      end_time: at,
    });
  return run ?? {};
}

function orNull(error: unknown): null {
  if (error instanceof TheirError && error.problem === "not_found") return null;
  throw error;
}
