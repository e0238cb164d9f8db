/** `npm start` where few start it: in a checkout that cannot be written, and as a user whose home is nobody else's. */
import { spawn, spawnSync } from "node:child_process";
import { chmod, chown, cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const projectFolder = resolve(import.meta.dirname, "..", "..");
/** An account that every Debian and Fedora has, and that owns nothing. */
const NOBODY = "nobody";

let folder: string;
let home: string;
let clone: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "odd-starts-"));
  await chmod(folder, 0o711);
  home = join(folder, "home");
  clone = join(home, "registry");
  await mkdir(clone, { recursive: true });
  // Of the packages the clone gets a link, of all else a copy.
  const tracked = spawnSync("git", ["ls-files"], { cwd: projectFolder, encoding: "utf8" }).stdout;
  const made = [".next", "lib/db/generated"];
  for (const path of [...tracked.trim().split("\n"), ...made])
    await cp(join(projectFolder, path), join(clone, path), { recursive: true });
  await symlink(join(projectFolder, "node_modules"), join(clone, "node_modules"));
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts the clone by a command line that ends with the one it is given; gives what was said until it is ready or has ended. */
async function start(before: string[], settings: Record<string, string> = {}): Promise<string> {
  const [program = "", ...parameters] = [...before, process.execPath, "scripts/start.mjs"];
  const child = spawn(program, parameters, {
    cwd: clone,
    env: {
      ...process.env,
      npm_lifecycle_event: undefined,
      HOME: home,
      MODEL_REGISTRY_API__HOST: "127.0.0.1",
      MODEL_REGISTRY_API__PORT: "0",
      ...settings,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  child.stderr.on("data", (chunk) => (said += chunk));
  const ended = new Promise((settle) => child.once("close", settle));
  const isReady = () => /Ready: /.test(said) || child.exitCode !== null;
  await expect.poll(isReady, { timeout: 170_000 }).toBe(true);
  child.kill("SIGTERM");
  await ended;
  return said;
}

/** The rest of the command line runs with the clone mounted read-only. */
const readOnly = [
  "unshare",
  ...(process.getuid?.() === 0 ? ["--mount"] : ["--mount", "--user", "--map-root-user"]),
  "sh",
  "-c",
  'mount --bind "$PWD" "$PWD" && mount -o remount,bind,ro "$PWD" && cd "$PWD" && exec "$@"',
  "sh",
];

describe("a checkout that cannot be written", () => {
  it("is told where the data may go instead", async () => {
    const said = await start(readOnly);
    expect(said).toMatch(/\.data cannot be made \(EROFS.*Set storage\.base_path to a folder/);
  });

  it("is enough where the data are elsewhere", async () => {
    const data = join(folder, "data");
    expect(await start(readOnly, { MODEL_REGISTRY_STORAGE__BASE_PATH: data })).toContain("Ready: ");
  });

  it("says what must be made before, when it was not", async () => {
    await rm(join(clone, ".next", "made-from"));
    expect(await start(readOnly)).toMatch(
      /The web application must be made in .*registry, which cannot be written \(EROFS\)/,
    );
    await cp(join(projectFolder, ".next", "made-from"), join(clone, ".next", "made-from"));
  });
});

// Only root may become somebody else; whoever else runs the tests is an ordinary user already.
describe.runIf(process.getuid?.() === 0)("an ordinary user", () => {
  it("starts it in a home that nobody else may enter", async () => {
    const [uid = 0, gid = 0] = ["-u", "-g"].map((flag) =>
      Number(spawnSync("id", [flag, NOBODY], { encoding: "utf8" }).stdout),
    );
    await chown(home, uid, gid);
    await chown(clone, uid, gid);
    await chmod(home, 0o700);
    // Its own files may stay root's: the start only reads them.
    const as = ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];
    expect(await start(as)).toContain("Ready: ");
  });

  it("is told to be one that the machine knows", async () => {
    const data = join(folder, "unknown");
    await mkdir(data);
    await chown(data, 54_321, 54_321);
    await chmod(home, 0o755);
    const as = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"];
    expect(await start(as, { MODEL_REGISTRY_STORAGE__BASE_PATH: data })).toMatch(
      /user does not exist\. PostgreSQL runs only as a user that this machine knows/,
    );
  });
});
