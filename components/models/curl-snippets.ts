import { downloadPath, filePath } from "#components/api/paths.ts";

export type CurlSnippets = {
  /** Saves the file under the name that the server gives. */
  file: string;
  /** Continues where an earlier try stopped. */
  resume: string;
  /** Compares what arrived with the registered SHA-256. */
  check: string;
  /** All files; null when there is only one. */
  tar: string | null;
};

export type SnippetInput = {
  /** `http://host:port` as the browser reaches this server. */
  origin: string;
  name: string;
  version: string;
  /** `digest` is `sha256:<hex>`. */
  file: { path: string; digest: string };
  fileCount: number;
  acceptRisk: boolean;
};

/** Commands for a POSIX shell, each on one line and ready to run. */
export function curlSnippets(input: SnippetInput): CurlSnippets {
  const url = input.origin + filePath(input, input.file.path);
  const saved = localName(input.file.path);
  const sha256 = input.file.digest.replace(/^sha256:/, "");
  const archive = `./${input.name}-${input.version}.tar`;
  return {
    file: `curl -f -L -O -J ${quote(url)}`,
    resume: `curl -f -L -C - -o ${quote(saved)} ${quote(url)}`,
    check: `echo ${quote(`${sha256}  ${saved}`)} | sha256sum -c`,
    tar:
      input.fileCount > 1
        ? `curl -f -L -o ${quote(archive)} ${quote(input.origin + downloadPath(input))}`
        : null,
  };
}

/** `./` keeps a name that begins with a hyphen from being read as an option. */
function localName(path: string): string {
  return `./${path.split("/").at(-1) ?? path}`;
}

/** One word of a POSIX shell, whatever it contains. */
export function quote(word: string): string {
  if (/^[\w./:@%+=-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}
