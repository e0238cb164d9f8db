/** Proxies give all headers of an answer 4 to 8 KiB by default. */
const MAX_NAMES_CHARS = 2048;

/**
 * What an archive leaves out: `X-Withheld-Count` says how many files, `X-Withheld-Files` names as many as fit, in the
 * version's order: percent-encoded paths, joined by a comma and a space. The version's JSON names all of them.
 */
export function withheldHeaders(paths: readonly string[]): [name: string, value: string][] {
  if (paths.length === 0) return [];
  const names: string[] = [];
  let chars = 0;
  for (const path of paths) {
    const name = path.toWellFormed().split("/").map(encodeURIComponent).join("/");
    chars += name.length + 2;
    if (chars > MAX_NAMES_CHARS) break;
    names.push(name);
  }
  return [
    ["X-Withheld-Count", String(paths.length)],
    ...(names.length > 0 ? [["X-Withheld-Files", names.join(", ")] as [string, string]] : []),
  ];
}
