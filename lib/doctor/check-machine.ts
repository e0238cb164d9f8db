/** This machine: Node, the data folder, its disk, the port. */
import { open, rm, stat, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import type { Config } from "#lib/config/config.ts";
import { bad, examine, type Finding, good, warning } from "./finding.ts";

const NODE_MAJOR = 24;
const ANSWER_TIMEOUT_MS = 3_000;
const GIB = 2 ** 30;

export function checkMachine(config: Config): Promise<Finding[]> {
  return Promise.all([
    examine("Node", checkNode),
    examine("Data folder", () => checkFolder(config.storage.basePath)),
    examine("Disk", () => checkDisk(config.storage)),
    examine("Port", () => checkPort(config.api)),
    examine("Access", async () => checkAccess(config)),
  ]);
}

async function checkNode(): Promise<Finding> {
  const version = process.versions.node;
  if (Number(version.split(".")[0]) >= NODE_MAJOR) return good("Node", version);
  return bad("Node", `${version}; ${NODE_MAJOR} or newer is needed. npm start brings one.`);
}

/** As a registration does it: a file is written, synced and removed. */
async function checkFolder(folder: string): Promise<Finding> {
  const check = "Data folder";
  const { username } = userInfo();
  const found = await stat(folder).catch(() => null);
  if (found === null) return warning(check, `${folder} is not there yet; npm start makes it.`);
  if (!found.isDirectory())
    return bad(check, `${folder} is no folder; storage.base_path names one.`);
  const probe = join(folder, `.doctor-${process.pid}`);
  try {
    const file = await open(probe, "wx");
    await file.sync();
    await file.close();
    await rm(probe);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const remedy =
      code === "EROFS"
        ? "The file system is read-only: mount it for writing, or let storage.base_path name another folder."
        : code === "EACCES" || code === "EPERM"
          ? `Give it to this user: chown -R ${username} ${folder}.`
          : "";
    return bad(check, `User ${username} cannot write in ${folder} (${code}). ${remedy}`.trim());
  }
  return good(check, `${folder}, written as ${username}`);
}

async function checkDisk({ basePath, minFreeSpaceBytes }: Config["storage"]): Promise<Finding> {
  const check = "Disk";
  if ((await stat(basePath).catch(() => null)) === null)
    return warning(check, "There is no data folder yet.");
  const { bavail, bsize, blocks } = await statfs(basePath);
  const freeBytes = bavail * bsize;
  const share = `${gib(freeBytes)} of ${gib(blocks * bsize)} free`;
  if (freeBytes <= minFreeSpaceBytes)
    return bad(
      check,
      `${share}: uploads are refused. Free some, or lower storage.min_free_space (${gib(minFreeSpaceBytes)}).`,
    );
  if (freeBytes < blocks * bsize * 0.1)
    return warning(check, `${share}: less than a tenth. Make room before uploads are refused.`);
  return good(check, share);
}

const gib = (bytes: number) => `${(bytes / GIB).toFixed(1)} GiB`;

async function checkPort({ host, port }: Config["api"]): Promise<Finding> {
  const check = "Port";
  const failure = await tryPort(host, port);
  if (failure === null) return good(check, `${port} is free; the server is not running`);
  if (failure === "EADDRINUSE") {
    const isEverywhere = host === "0.0.0.0" || host === "::";
    const base = `http://${isEverywhere ? "127.0.0.1" : host}:${port}`;
    if (await isRegistry(base)) return good(check, `${port}: the server answers`);
    return bad(
      check,
      `Another program has port ${port} of ${host}. Stop it, or choose another one by api.port.`,
    );
  }
  if (failure === "EACCES")
    return bad(check, `This user may not open port ${port}; choose one above 1023 by api.port.`);
  return bad(
    check,
    `Nothing can listen on ${host}:${port} (${failure}). api.host names an address of this machine.`,
  );
}

/** null when it could be opened, else the error's code. */
function tryPort(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
}

async function isRegistry(base: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const answer = await fetch(`${base}/healthz`, { signal, redirect: "error" });
    const told = (await answer.json()) as { status?: unknown; version?: unknown };
    return answer.ok && told.status === "ok" && typeof told.version === "string";
  } catch {
    return false;
  }
}

function checkAccess({ api }: Config): Finding {
  const isLocal = ["127.0.0.1", "::1", "localhost"].includes(api.host);
  if (api.authRequired) return good("Access", "accounts are on");
  if (isLocal) return good("Access", "without accounts, from this machine only");
  return warning(
    "Access",
    `Whoever reaches ${api.host}:${api.port} may change everything: set api.auth_required, or api.host to 127.0.0.1.`,
  );
}
