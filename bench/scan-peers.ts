/**
 * Our scan beside picklescan, modelscan and fickling on the same generated files: how many of the hostile ones each finds,
 * and which harmless ones it takes for hostile. Each file counts once; a tool that refuses a file has not found anything,
 * and has not let it through either.
 */
import { execFile } from "node:child_process";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import type { AttackRow } from "../tests/support/attacks/attack.ts";
import { PICKLES } from "../tests/support/attacks/pickles.ts";
import { ATTACK_ROWS, CLEAN_FIXTURES } from "../tests/support/attacks/rows.ts";
import { projectFolder } from "./support/product.ts";
import type { Row } from "./support/statistics.ts";

const run = promisify(execFile);
const OUTPUT = { maxBuffer: 64 * 1024 * 1024 };
/** The first row alone has a file for each opcode, module and protocol. */
const FILES_OF_A_ROW = 20;
const REQUIREMENTS = join(projectFolder, "bench", "python", "scan_peers_requirements.txt");

type Verdict = "found" | "refused" | "passed";
type Verdicts = Record<string, Verdict>;

export async function benchScanPeers(folder: string): Promise<Row[]> {
  const places = SETS.map(({ name }) => join(folder, name));
  for (const [at, { write }] of SETS.entries()) await write(places[at] as string);
  const python = await ensurePeers();
  const judged: Record<string, Verdicts>[] = [];
  for (const place of places) {
    judged.push({ [OURS]: await byUs(place), ...(await byPeers(python, place)) });
  }
  const tools = Object.keys(judged[0] ?? {});
  return SETS.flatMap((set, at) => tools.map((tool) => rowOf(tool, set, judged[at]?.[tool] ?? {})));
}

const OURS = "model-registry scan";

type FileSet = { name: string; isHostile: boolean; write: (folder: string) => Promise<void> };

const SETS: readonly FileSet[] = [
  {
    name: "hostile pickles",
    isHostile: true,
    write: (folder) => writeHostile(folder, (row) => PICKLES.includes(row)),
  },
  {
    name: "hostile files of other kinds",
    isHostile: true,
    write: (folder) => writeHostile(folder, (row) => !PICKLES.includes(row)),
  },
  { name: "harmless files", isHostile: false, write: (folder) => writeHarmless(folder) },
];

function rowOf(tool: string, { name, isHostile }: FileSet, verdicts: Verdicts): Row {
  const all = Object.values(verdicts);
  const count = (verdict: Verdict) => all.filter((found) => found === verdict).length;
  const bad = isHostile ? count("passed") : count("found");
  return {
    work: `${name}: ${tool}`,
    measured: `${count("found")} of ${all.length} found`,
    baseline: `${count("refused")} refused, ${count("passed")} passed`,
    ratio: (count("found") / all.length).toFixed(2),
    budget: tool !== OURS ? "" : isHostile ? "none passes" : "none is found",
    isKept: tool === OURS ? bad === 0 : null,
  };
}

/** A folder for each file, since it keeps its name and others lie beside it. */
async function writeHostile(folder: string, isWanted: (row: AttackRow) => boolean): Promise<void> {
  let count = 0;
  for (const { attacks } of ATTACK_ROWS.filter(isWanted)) {
    const step = Math.max(1, attacks.length / FILES_OF_A_ROW);
    for (let at = 0; at < attacks.length; at += step) {
      const place = join(folder, String(count));
      await mkdir(place, { recursive: true });
      for (const [path, bytes] of Object.entries(attacks[Math.floor(at)]?.files ?? {})) {
        await writeFile(join(place, path), bytes);
      }
      count += 1;
    }
  }
}

async function writeHarmless(folder: string): Promise<void> {
  for (const [at, name] of CLEAN_FIXTURES.entries()) {
    await mkdir(join(folder, String(at)), { recursive: true });
    const source = join(projectFolder, "lib", "formats", "fixtures", name);
    await copyFile(source, join(folder, String(at), basename(name)));
  }
}

/** By the command as a person runs it. What is unscannable is refused. */
async function byUs(folder: string): Promise<Verdicts> {
  const program = join(projectFolder, "cli", "src", "main.ts");
  const { stdout } = await run(process.execPath, [program, "scan", folder, "--json"], OUTPUT).catch(
    (error: { stdout?: string }) => {
      if (!error.stdout) throw error;
      return { stdout: error.stdout };
    },
  );
  const { files } = JSON.parse(stdout) as { files: { path: string; verdict: string }[] };
  const words: Record<string, Verdict> = { clean: "passed", unscannable: "refused" };
  return Object.fromEntries(files.map(({ path, verdict }) => [path, words[verdict] ?? "found"]));
}

async function byPeers(python: string, folder: string): Promise<Record<string, Verdicts>> {
  const script = join(import.meta.dirname, "python", "scan_peers.py");
  const { stdout } = await run(python, [script, folder], OUTPUT);
  // What is said before the last line comes from the tools.
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}

/** The Python of a virtual environment with the other scanners, in the user's cache. */
async function ensurePeers(): Promise<string> {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const folder = join(cache, "cluster-ai-model-registry", "scan-peers-1");
  const python = join(folder, "bin", "python");
  const isThere = await run(python, ["-c", "import picklescan, modelscan, fickling"]).then(
    () => true,
    () => false,
  );
  if (isThere) return python;
  console.log("  installing picklescan, modelscan and fickling (once) ...");
  await run("python3", ["-m", "venv", folder]);
  await run(python, ["-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS], OUTPUT);
  return python;
}
