/** Addresses of models, versions and their bytes. Refs keep their `@`, which is legal in a path. */

const segment = (text: string) => encodeURIComponent(text).replace(/^%40/, "@");

export const modelHref = (name: string) => `/models/${segment(name)}`;
export const versionHref = (name: string, ref: string) =>
  `${modelHref(name)}/versions/${segment(ref)}`;

/** The base, and up to three others: a ref, or `model/ref`. */
export function compareHref(name: string, from: string | null, to: readonly string[] = []): string {
  const query = new URLSearchParams();
  if (from !== null) query.set("from", from);
  for (const choice of to) query.append("to", choice);
  const search = query.toString().replaceAll("%40", "@").replaceAll("%2F", "/");
  return `${modelHref(name)}/compare${search === "" ? "" : `?${search}`}`;
}

/** Below `/api/v1`, for `request()`. */
export const modelApi = modelHref;
export const versionApi = versionHref;
export const aliasApi = (name: string, alias: string) =>
  `${modelHref(name)}/aliases/${segment(alias)}`;

type Download = { name: string; version: string; acceptRisk: boolean };

const risk = (acceptRisk: boolean) => (acceptRisk ? "?accept_risk=true" : "");

/** One file's bytes; the path's segments are encoded, its slashes stay. */
export function filePath({ name, version, acceptRisk }: Download, path: string): string {
  const segments = path.split("/").map(encodeURIComponent).join("/");
  return `/api/v1${versionHref(name, version)}/files/${segments}${risk(acceptRisk)}`;
}

/** The bytes of the single file, or a tar of all. */
export function downloadPath({ name, version, acceptRisk }: Download): string {
  return `/api/v1${versionHref(name, version)}/download${risk(acceptRisk)}`;
}
