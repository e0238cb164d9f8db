/** What MLflow's server refuses of names and keys, in its words. */
import { posix } from "node:path";
import { RegistryError } from "#lib/errors.ts";
import { VERSION_TAG } from "./wire.ts";

export function checkModelName(name: string): void {
  if (name.trim() === "")
    throw new RegistryError("invalid_request", "Missing value for required parameter 'name'.");
  if (!/[/:]/.test(name)) return;
  throw new RegistryError(
    "invalid_request",
    `Invalid model name '${name.slice(0, 300)}'. Names cannot contain '/' or ':'.`,
  );
}

/** As of runs: letters, digits, `_`, `-`, `.`, spaces, `:` and `/`, and a path that means nothing else. */
export function checkTagKey(key: string): void {
  if (key === VERSION_TAG)
    throw new RegistryError(
      "invalid_request",
      `The tag ${VERSION_TAG} is the version's own: it is chosen when the version is created.`,
    );
  if (key === "__proto__")
    throw new RegistryError("invalid_request", `The key ${key} is not allowed.`);
  const shown = `Invalid value ${JSON.stringify(key.slice(0, 300))} for parameter 'key' supplied:`;
  const meant = posix.normalize(key);
  if (/^[\p{L}\p{N}_./\-: ]*$/u.test(key)) {
    if (meant === key && meant !== "." && !/^(\/|\.\.)/.test(meant)) return;
    throw new RegistryError(
      "invalid_request",
      `${shown} Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${meant}'`,
    );
  }
  throw new RegistryError(
    "invalid_request",
    `${shown} Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).`,
  );
}
