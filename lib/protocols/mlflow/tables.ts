/** Where clients of MLflow find what they know: under two prefixes each, and a few paths at the root. */
import { RouteTable } from "#lib/http/route-table.ts";
import { ARTIFACT_CALLS, RUN_ARTIFACT, VERSION_ARTIFACT } from "./artifact-calls.ts";
import { type Call, call } from "./call.ts";
import { mlflowAnswer } from "./dialect.ts";
import { MODEL_CALLS } from "./model-calls.ts";
import { VERSION_CALLS } from "./version-calls.ts";

/** The MLflow whose clients the tests drive; its clients ask for nothing by it. */
const MLFLOW_VERSION = "3.17.2";

const open = { permission: "public" } as const;
const VERSION = call("GET", "", { operation: "version", ...open }, async () =>
  plain(MLFLOW_VERSION),
);
const HEALTH = call("GET", "", { operation: "health", ...open }, async () => plain("OK"));
const SERVER_INFO = call(
  "GET",
  "/server-info",
  { operation: "server_info", ...open },
  async () => ({
    store_type: "SqlStore",
    workspaces_enabled: false,
    multipart_uploads_enabled: true,
    multipart_downloads_enabled: true,
  }),
);

function plain(text: string): Response {
  return new Response(text, {
    headers: { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" },
  });
}

const INFO_CALLS = [SERVER_INFO];
const REGISTRY_CALLS = [...MODEL_CALLS, ...VERSION_CALLS];
/** Every call once, with the prefix that its clients use; tests walk them. */
export const MLFLOW_CALLS: readonly { prefix: string; calls: readonly Call[] }[] = [
  { prefix: "/api/2.0/mlflow", calls: REGISTRY_CALLS },
  { prefix: "/ajax-api/2.0/mlflow", calls: REGISTRY_CALLS },
  { prefix: "/api/2.0/mlflow-artifacts", calls: ARTIFACT_CALLS },
  { prefix: "/ajax-api/2.0/mlflow-artifacts", calls: ARTIFACT_CALLS },
  { prefix: "/api/3.0/mlflow", calls: INFO_CALLS },
  { prefix: "/ajax-api/3.0/mlflow", calls: INFO_CALLS },
  { prefix: "/get-artifact", calls: [RUN_ARTIFACT] },
  { prefix: "/model-versions/get-artifact", calls: [VERSION_ARTIFACT] },
  { prefix: "/version", calls: [VERSION] },
  { prefix: "/health", calls: [HEALTH] },
];

export const mlflowTables: readonly RouteTable[] = MLFLOW_CALLS.map(
  ({ prefix, calls }) => new RouteTable(calls, { prefix, dialect: mlflowAnswer }),
);
