// npm start: from a fresh clone to a running registry. Plain JavaScript without packages, because it
// begins on whatever Node the machine has (20 or newer) and before anything is installed.
//
//   node scripts/start.mjs             install, build, start the database, migrate, serve
//   node scripts/start.mjs --dev       the same with live reload instead of a build
//   node scripts/start.mjs --prepare   install and build only
import { spawn } from "node:child_process";
import { join } from "node:path";
import { chooseNode } from "./lib/choose-node.mjs";
import { ensureBuild, ensureClient, ensurePackages, projectFolder } from "./lib/prepare.mjs";
import { onNpmEnd } from "./lib/run-program.mjs";
import { endWith, Refusal, step } from "./lib/say.mjs";
import { SERVER_NODE_FLAGS, serverEnvironment } from "./lib/server-flags.mjs";

const OLDEST_NODE_MAJOR = 20;
const FLAGS = ["--dev", "--prepare"];

async function main(flags) {
  const unknown = flags.find((flag) => !FLAGS.includes(flag));
  if (unknown !== undefined) {
    throw new Refusal(`${unknown} is not an option; there are ${FLAGS.join(" and ")}.`);
  }
  if (Number(process.versions.node.split(".")[0]) < OLDEST_NODE_MAJOR) {
    throw new Refusal(
      `Node ${OLDEST_NODE_MAJOR} or newer is needed to begin with; this is ${process.versions.node}.`,
    );
  }
  console.log("Cluster AI Model Registry");
  await step("Packages", () => ensurePackages({ dev: flags.includes("--dev") }));
  const node = await chooseNode();
  const nodeVersion = node === process.execPath ? process.versions.node : "24, from the packages";
  console.log(`  Node         ${nodeVersion}`);
  await step("Client", () => ensureClient(node));
  if (!flags.includes("--dev")) await step("Build", () => ensureBuild(node));
  if (!flags.includes("--prepare")) serve(node, flags);
}

/**
 * Runs the server and ends as it ends. The server has a process group of its own, so that Ctrl-C reaches it once,
 * through this script; if this script is killed outright, the server notices by the closed channel and stops.
 */
function serve(node, flags) {
  const script = join(projectFolder, "scripts", "serve.ts");
  const server = spawn(node, [...SERVER_NODE_FLAGS, script, ...flags], {
    cwd: projectFolder,
    env: serverEnvironment(),
    detached: true,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  let wasTold = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      wasTold = true;
      server.kill(signal);
    });
  }
  // A second signal would end the server at once: Ctrl-C also ends npm's shell.
  onNpmEnd(() => wasTold || server.kill("SIGTERM"));
  server.on("error", endWith);
  server.on("exit", (code, signal) => {
    if (signal !== null && !wasTold) {
      const hint = signal === "SIGKILL" ? " The system does so when memory runs out." : "";
      console.error(`\nThe server was ended by ${signal}.${hint}`);
    }
    process.exit(code ?? 1);
  });
}

await main(process.argv.slice(2)).catch(endWith);
