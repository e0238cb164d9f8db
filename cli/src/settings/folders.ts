/** Where the command line keeps its own files. */
import { homedir } from "node:os";
import { join } from "node:path";

export type Env = Record<string, string | undefined>;
const NAME = "model-registry";

/** Credentials: `$XDG_CONFIG_HOME` (~/.config), on Windows `%APPDATA%`. */
export function configFolder(env: Env): string {
  if (process.platform === "win32" && env.APPDATA) return join(env.APPDATA, NAME);
  return join(env.XDG_CONFIG_HOME || join(homedir(), ".config"), NAME);
}

/** Which uploads were begun; safe to delete: `$XDG_CACHE_HOME` (~/.cache), on Windows `%LOCALAPPDATA%`. */
export function cacheFolder(env: Env): string {
  if (process.platform === "win32" && env.LOCALAPPDATA) return join(env.LOCALAPPDATA, NAME);
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), NAME);
}
