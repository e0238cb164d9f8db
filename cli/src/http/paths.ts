/** Paths below `/api/v1`. A ref keeps its `@`, which is legal in a path. */
const segment = (text: string) => encodeURIComponent(text).replace(/^%40/, "@");

export const modelPath = (name: string) => `/models/${segment(name)}`;
export const versionPath = (name: string, ref: string) =>
  `${modelPath(name)}/versions/${segment(ref)}`;
export const aliasPath = (name: string, alias: string) =>
  `${modelPath(name)}/aliases/${segment(alias.replace(/^@/, ""))}`;
export const grantsPath = (name: string) => `${modelPath(name)}/grants`;
export const grantPath = (name: string, id: string) =>
  `${grantsPath(name)}/${encodeURIComponent(id)}`;
export const filePath = (name: string, ref: string, path: string) =>
  `${versionPath(name, ref)}/files/${path.split("/").map(encodeURIComponent).join("/")}`;

export type Query = Record<string, string | number | boolean | readonly string[] | undefined>;

/** With its question mark; empty where there is nothing to ask. */
export function queryText(query: Query | undefined): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {}))
    for (const one of [value].flat()) if (one !== undefined) parameters.append(name, String(one));
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}
