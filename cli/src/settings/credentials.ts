/** The file of `login`: for each server its token, readable by its owner only. */
import { chmod, mkdir, open, readFile, rename, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod/mini";
import { configFolder, type Env } from "./folders.ts";

const schema = z.object({
  /** The server of the last login, where nothing else names one. */
  current: z.nullable(z.string()),
  servers: z.record(z.string(), z.object({ token: z.nullable(z.string()) })),
});
export type Credentials = z.infer<typeof schema>;

const EMPTY: Credentials = { current: null, servers: {} };
const OTHERS = 0o077;

export const credentialsFile = (env: Env) => join(configFolder(env), "credentials.json");

/** Whether others than the owner may read the file; Windows has no such bits. */
export async function isReadableByOthers(file: string): Promise<boolean> {
  if (process.platform === "win32") return false;
  const found = await stat(file).catch(() => null);
  return found !== null && (found.mode & OTHERS) !== 0;
}

/**
 * `warn` is called when the file had to be closed to others, or cannot be used. A missing or damaged file has no
 * credentials.
 */
export async function readCredentials(
  file: string,
  warn: (problem: "damaged" | "open") => void,
): Promise<Credentials> {
  const text = await readFile(file, "utf8").catch(() => null);
  if (text === null) return EMPTY;
  if (await isReadableByOthers(file)) {
    await chmod(file, 0o600).catch(() => undefined);
    warn("open");
  }
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) warn("damaged");
  return parsed.data ?? EMPTY;
}

/** Replaces the file as a whole: nobody sees half of it, and never with other rights. */
export async function writeCredentials(file: string, credentials: Credentials): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}`;
  const handle = await open(temporary, "w", 0o600);
  try {
    await handle.chmod(0o600);
    await handle.writeFile(`${JSON.stringify(credentials, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
