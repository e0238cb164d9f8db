/**
 * `npm run models:oracle`: asks the frameworks themselves about the real models and writes their answers
 * to tests/real/expected.json. Needs Python 3.10 to 3.13 and some 7 GB, all of it under .cache.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { REAL_MODELS_FOLDER } from "./catalog.ts";
import { fetchRealModels } from "./fetch-models.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const ENVIRONMENT = at("../../.cache/oracle-venv");
const PYTHON = join(ENVIRONMENT, "bin/python");
const EXPECTED = at("../../tests/real/expected.json");
/** The answers take some 100 kB; the frameworks' own chatter goes to stderr. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

try {
  await fetchRealModels((line) => console.log(line));
  if (!existsSync(PYTHON)) run("python3", ["-m", "venv", ENVIRONMENT]);
  console.log("Installing the frameworks; the first time this takes minutes");
  run(PYTHON, ["-m", "pip", "install", "--quiet", "-r", at("oracle/requirements.txt")]);
  const answers = run(PYTHON, [at("oracle/facts.py"), REAL_MODELS_FOLDER]);
  await writeFile(EXPECTED, layOut(JSON.parse(answers) as Answers));
  console.log(`Wrote ${EXPECTED}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

type Answers = Record<string, { parameters: number; signature: unknown; tensors: unknown[] }>;

function run(command: string, args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: "utf8",
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  if (error) throw new Error(`${command} cannot be started: install Python 3.`, { cause: error });
  if (status !== 0) {
    throw new Error(`${command} ${args.join(" ")} ended with ${status}:\n${stderr.slice(-2000)}`);
  }
  return stdout;
}

/** One tensor a line: a change of one is a change of one line. */
function layOut(answers: Answers): string {
  const models = Object.entries(answers).map(([name, { parameters, signature, tensors }]) => {
    const rows = tensors.map((tensor) => `      ${JSON.stringify(tensor)}`).join(",\n");
    return `  ${JSON.stringify(name)}: {
    "parameters": ${parameters},
    "signature": ${JSON.stringify(signature)},
    "tensors": [\n${rows}\n    ]\n  }`;
  });
  return `{\n${models.join(",\n")}\n}\n`;
}
