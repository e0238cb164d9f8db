import { quote, type SnippetInput } from "./curl-snippets.ts";

/** Code for the Python SDK, ready to run where the SDK is installed. */
export type PythonSnippets = { load: string; file: string };

export function pythonSnippets(input: SnippetInput): PythonSnippets {
  const start = [
    "from model_registry import ModelRegistry",
    "",
    `registry = ModelRegistry(${text(input.origin)})`,
  ];
  const version = versionArguments(input);
  const files = input.fileCount > 1 ? [`files=[${text(input.file.path)}]`] : [];
  return {
    load: [...start, ...call("model = registry.load_model", version)].join("\n"),
    file: [...start, ...call("path = registry.download", [...version, 'path="."', ...files])].join(
      "\n",
    ),
  };
}

/** Code for a Dask cluster. The guard lets it run as a script, too, where workers are processes of this machine. */
export type DaskSnippets = { cluster: string; task: string };

export function daskSnippets(input: SnippetInput): DaskSnippets {
  const version = versionArguments(input);
  const held = versionArguments({ ...input, acceptRisk: false });
  const connect = ["client = Client()", `registry = ModelRegistry(${text(input.origin)})`];
  return {
    cluster: [
      "from dask.distributed import Client",
      "from model_registry import ModelRegistry, worker_model",
      "",
      "def use():",
      ...indented(call("model = worker_model", held)),
      "    return type(model).__name__",
      "",
      ...guarded([
        ...connect,
        ...call("registry.load_on_cluster", ["client", ...version]),
        "result = client.submit(use).result()",
      ]),
    ].join("\n"),
    task: [
      "from dask.distributed import Client",
      "from model_registry import ModelRegistry",
      "",
      ...guarded([
        ...connect,
        ...call("future = client.submit", ["registry.load_model", ...version]),
        "model = future.result()",
      ]),
    ].join("\n"),
  };
}

const indented = (lines: readonly string[]) => lines.map((line) => `    ${line}`);
const guarded = (lines: readonly string[]) => ['if __name__ == "__main__":', ...indented(lines)];

/** What clients of MLflow know a version by. */
export type MlflowInput = Pick<SnippetInput, "origin" | "name"> & {
  number: number;
  externalName: string | null;
  /** MLflow has saved it, and loads it. */
  hasFlavor: boolean;
};

/** For clients of MLflow: the model by its flavour, or its files where it has none. */
export function mlflowSnippet(input: MlflowInput): string {
  const { externalName, name, number, hasFlavor } = input;
  const uri = text(`models:/${externalName ?? name}/${number}`);
  return [
    "import mlflow",
    "",
    `mlflow.set_registry_uri(${text(input.origin)})`,
    hasFlavor
      ? `model = mlflow.pyfunc.load_model(${uri})`
      : `path = mlflow.artifacts.download_artifacts(${uri})`,
  ].join("\n");
}

/** Commands of `model-registry` for a POSIX shell, each on one line. `all` is null when there is only one file. */
export type CommandLineSnippets = { all: string | null; file: string; facts: string };

export function commandLineSnippets(input: SnippetInput): CommandLineSnippets {
  const { name, version, fileCount } = input;
  const server = `--url ${quote(input.origin)}`;
  const risk = input.acceptRisk ? " --accept-risk" : "";
  const download = `model-registry download ${name} ${quote(version)}`;
  const file = fileCount > 1 ? ` --file ${quote(input.file.path)} -o .` : "";
  return {
    all: fileCount > 1 ? `${download}${risk} ${server}` : null,
    file: `${download}${file}${risk} ${server}`,
    facts: `model-registry show ${name} ${quote(version)} ${server}`,
  };
}

function versionArguments({ name, version, acceptRisk }: SnippetInput): string[] {
  return [text(name), `version=${text(version)}`, ...(acceptRisk ? ["accept_risk=True"] : [])];
}

const LINE_MAX = 56;

/** On one line where the dialog has room for it, else with each argument on its own, as formatters of Python do it. */
function call(what: string, values: readonly string[]): string[] {
  const line = `${what}(${values.join(", ")})`;
  if (line.length <= LINE_MAX) return [line];
  return [`${what}(`, ...values.map((value) => `    ${value},`), ")"];
}

/** A literal of Python: it reads all escapes that JSON writes. Marks that turn the reading direction are escaped, too. */
function text(value: string): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
