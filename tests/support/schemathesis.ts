/** Schemathesis over the OpenAPI document of a running server, within bounds. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureSchemathesis } from "../../scripts/lib/ensure-schemathesis.mjs";
import { runProgram } from "../../scripts/lib/run-program.mjs";

/** What there is to be found, by the parameter of a path that names it. */
export type Known = Readonly<Record<string, readonly string[]>>;

export type PropertyRun = {
  server: { baseUrl: string };
  seed: number;
  /** For each operation, beside the cases that cover its schema. */
  examples: number;
  /** For reading operations, and for those that delete. */
  known: Known;
  doomed: Known;
};

/** Faults only: what else a request may be refused for, such as a name that a system reserves, no schema says. */
const CHECKS = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_headers_conformance",
  "response_schema_conformance",
  "negative_data_rejection",
];
const DELETING = ["trash_model", "purge_model", "trash_version", "purge_version", "remove_alias"];
const REFUSED = "400 401 403 404 405 406 409 413 415 422 428 429 5xx".split(" ");
/** The stream of events never ends, and an agent may wait half a minute for a load. */
const SLOW = ["stream_events", "lease_load"];

/** Its exit code (0: no check failed) and its report. */
export async function runSchemathesis(run: PropertyRun): Promise<{ code: number; output: string }> {
  const { program, folder } = await ensureSchemathesis();
  const work = await mkdtemp(join(tmpdir(), "schemathesis-"));
  try {
    const config = join(work, "schemathesis.toml");
    await writeFile(config, configOf(run));
    const document = `${run.server.baseUrl}/api/openapi.json`;
    const { code, output } = await runProgram(
      "python3",
      [program, "--config-file", config, "run", document, ...argumentsOf(run)],
      { cwd: work, env: { ...process.env, PYTHONPATH: folder } },
    );
    return { code, output };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function argumentsOf({ server, seed, examples }: PropertyRun): string[] {
  return [
    ...["--url", `${server.baseUrl}/api/v1`],
    ...["--checks", CHECKS.join(",")],
    ...["--phases", "coverage,fuzzing"],
    ...["--max-examples", String(examples)],
    ...["--seed", String(seed)],
    ...SLOW.flatMap((operation) => ["--exclude-operation-id", operation]),
    ...["--generation-database", "none"],
    ...["--continue-on-failure", "--no-shrink", "--no-color"],
    ...["--warnings", "off"],
  ];
}

function configOf({ known, doomed }: PropertyRun): string {
  const lists = Object.entries({ known, doomed }).flatMap(([kind, names]) =>
    Object.entries(names).map(
      ([name, values]) => `[dictionaries.${kind}_${name}]\nvalues = ${JSON.stringify(values)}\n`,
    ),
  );
  const bind = (kind: string, names: Known) =>
    Object.keys(names)
      .map((name) => `"path.${name}" = { dictionary = "${kind}_${name}", probability = 0.7 }\n`)
      .join("");
  const deleting = DELETING.map(
    (id) =>
      `[[operations]]\ninclude-operation-id = "${id}"\n[operations.parameters]\n${bind("doomed", doomed)}`,
  );
  return [
    ...lists,
    `[parameters]\n${bind("known", known)}`,
    // What a server does with other methods than the document has is no matter of its schemas.
    "[phases.coverage]\nunexpected-methods = []\n",
    // With 413: a quota that an earlier request has set to nothing is looked at before the form's fields are.
    `[checks.negative_data_rejection]\nexpected-statuses = ${JSON.stringify(REFUSED)}\n`,
    ...deleting,
  ].join("\n");
}
