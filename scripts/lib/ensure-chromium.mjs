import { access } from "node:fs/promises";
import { runProgram, tellEnd } from "./run-program.mjs";
import { Refusal } from "./say.mjs";

const DEBIAN_CHROMIUM = "/usr/bin/chromium";

/** The browser for the journeys: CHROMIUM_PATH, or Debian's, which root can have installed. */
export async function ensureChromium() {
  const named = process.env.CHROMIUM_PATH;
  if (named !== undefined) {
    if (await exists(named)) return named;
    throw new Refusal(`CHROMIUM_PATH names ${named}, but there is no such program.`);
  }
  if (await exists(DEBIAN_CHROMIUM)) return DEBIAN_CHROMIUM;
  if (process.getuid?.() === 0 && (await exists("/usr/bin/apt-get"))) {
    console.log("  Chromium     installing Debian's ...");
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await runProgram("apt-get", ["update"], { env });
    const install = ["install", "-y", "--no-install-recommends", "chromium"];
    const outcome = await runProgram("apt-get", install, { env });
    if (await exists(DEBIAN_CHROMIUM)) return DEBIAN_CHROMIUM;
    throw new Refusal(`Chromium could not be installed: apt-get install ${tellEnd(outcome)}`);
  }
  throw new Refusal(
    "The browser tests need Chromium: install it (Debian: sudo apt-get install chromium), or name one by CHROMIUM_PATH.",
  );
}

async function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}
