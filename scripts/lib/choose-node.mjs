import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { projectFolder } from "./prepare.mjs";
import { runProgram, tellEnd } from "./run-program.mjs";
import { Refusal } from "./say.mjs";

const NODE_MAJOR = 24;
/**
 * Codes of a program that is being written, or of a machine without a process or memory to spare: it may run in a
 * moment.
 */
const PASSING_CODES = new Set(["ETXTBSY", "EAGAIN", "ENOMEM", "EMFILE", "ENFILE"]);
const ATTEMPTS = 4;
const PAUSE_MS = 250;

/** The Node that runs this script, and the one that the packages bring. */
const OWN = { path: process.execPath, version: process.versions.node };
const PACKAGED = join(projectFolder, "node_modules", "node", "bin", "node");

/** The Node to run the server with: the machine's own if it is new enough, else the packaged one. */
export async function chooseNode(own = OWN, packaged = PACKAGED) {
  if (majorOf(`v${own.version}`) >= NODE_MAJOR) return own.path;
  const obstacle = await whyNot(packaged);
  if (obstacle === null) return packaged;
  throw new Refusal(
    `Node ${NODE_MAJOR} is needed. This machine has ${own.version} (${own.path}), and the packaged one, ${packaged}, cannot be used here (${process.platform} ${process.arch}):\n` +
      `    ${obstacle.replaceAll("\n", "\n    ")}\n` +
      `Install Node ${NODE_MAJOR} from https://nodejs.org, or run npm rebuild node if install scripts are switched off.`,
  );
}

/** The reason why the program is not a Node that can run the server, or null when it is one. */
async function whyNot(program) {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await runProgram(program, ["--version"]).catch((error) => error);
    if (PASSING_CODES.has(outcome.code) && attempt < ATTEMPTS) {
      await sleep(PAUSE_MS);
      continue;
    }
    if (outcome instanceof Error) return `it does not start: ${outcome.message}`;
    if (outcome.code !== 0) return `node --version ${tellEnd(outcome)}`;
    // Not the first line, since the loader of shared libraries may print warnings before it.
    if (majorOf(outcome.output) >= NODE_MAJOR) return null;
    return `node --version printed ${JSON.stringify(outcome.output.trim().slice(0, 500))}`;
  }
}

function majorOf(text) {
  return Number(/^v(\d+)\.\d+\.\d+/m.exec(text)?.[1] ?? 0);
}
