import { readFileSync } from "node:fs";

const PREFIX = "MODEL_REGISTRY_";
const SECTION_SEPARATOR = "__";
const FILE_SUFFIX = "_FILE";

export type Environment = Readonly<Record<string, string | undefined>>;

/** One key set by the environment; `name` is the variable, for messages. */
export type Override = { path: readonly string[]; value: string; name: string };

/**
 * Settings made by environment variables: `MODEL_REGISTRY_STORAGE__BASE_PATH=...` sets
 * `storage.base_path`; `..._FILE` reads the value from that file (secrets); plain `DATABASE_URL` and
 * `DATABASE_URL_FILE` set `database.url` unless the longer name does.
 *
 * Names without `__` are not settings: Kubernetes makes `MODEL_REGISTRY_PORT` and its kin for a
 * service that is called model-registry.
 */
export function readOverrides(env: Environment): { overrides: Override[]; problems: string[] } {
  const overrides: Override[] = [];
  const problems: string[] = [];
  const add = (name: string, path: readonly string[], value: string) => {
    const earlier = overrides.find((other) => other.path.join(".") === path.join("."));
    if (earlier === undefined) overrides.push({ path, value, name });
    else problems.push(`${earlier.name} and ${name} are both set; keep one of them.`);
  };

  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || !name.startsWith(PREFIX)) continue;
    const key = name.slice(PREFIX.length);
    if (!key.includes(SECTION_SEPARATOR)) continue;
    addFromFileOrValue(name, key, value, add, problems);
  }
  if (!overrides.some(({ path }) => path.join(".") === "database.url")) {
    for (const name of ["DATABASE_URL", "DATABASE_URL_FILE"]) {
      const value = env[name];
      if (value === undefined || value === "") continue;
      const key = name.replace("DATABASE_URL", "DATABASE__URL");
      addFromFileOrValue(name, key, value, add, problems);
    }
  }
  return { overrides, problems };
}

/**
 * `MODEL_REGISTRY_ADMIN_NAME` and `MODEL_REGISTRY_ADMIN_PASSWORD`, or `..._PASSWORD_FILE`: no settings, since they are used
 * once, where there is no administrator.
 */
export function readFirstAdministrator(
  env: Environment,
  problems: string[],
): { name: string; password: string } | null {
  const name = env.MODEL_REGISTRY_ADMIN_NAME;
  let password = env.MODEL_REGISTRY_ADMIN_PASSWORD;
  const file = env.MODEL_REGISTRY_ADMIN_PASSWORD_FILE;
  try {
    if (file) password = readFileSync(file, "utf8").trim();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    problems.push(
      `MODEL_REGISTRY_ADMIN_PASSWORD_FILE names a file that cannot be read (${reason}).`,
    );
    return null;
  }
  if (!name && !password) return null;
  if (name && password) return { name, password };
  problems.push("MODEL_REGISTRY_ADMIN_NAME and MODEL_REGISTRY_ADMIN_PASSWORD are set together.");
  return null;
}

/** Warnings for names that look like a setting with one underscore too few. */
export function findNearMisses(env: Environment, keys: readonly string[]): string[] {
  const expected = new Map(keys.map((key) => [key.replaceAll(".", "_").toUpperCase(), key]));
  return Object.keys(env).flatMap((name) => {
    if (!name.startsWith(PREFIX) || name.includes(SECTION_SEPARATOR)) return [];
    const key = expected.get(name.slice(PREFIX.length));
    if (key === undefined) return [];
    return [`${name} is ignored; to set ${key}, write ${environmentName(key)} (two underscores).`];
  });
}

/** `storage.base_path` -> `MODEL_REGISTRY_STORAGE__BASE_PATH`. */
export function environmentName(key: string): string {
  return PREFIX + key.replaceAll(".", SECTION_SEPARATOR).toUpperCase();
}

function addFromFileOrValue(
  name: string,
  key: string,
  value: string,
  add: (name: string, path: readonly string[], value: string) => void,
  problems: string[],
): void {
  const fromFile = key.endsWith(FILE_SUFFIX);
  const plainKey = fromFile ? key.slice(0, -FILE_SUFFIX.length) : key;
  const path = plainKey.toLowerCase().split(SECTION_SEPARATOR);
  if (!fromFile) {
    add(name, path, value);
    return;
  }
  try {
    add(name, path, readFileSync(value, "utf8").trim());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    problems.push(`${name} names a file that cannot be read (${reason}).`);
  }
}
