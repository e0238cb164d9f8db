/**
 * Model cards (huggingface.co/docs/hub/model-cards): a README.md whose YAML front matter, between two
 * lines of `---`, says licence, tags and task.
 */
import { isMap, parseDocument } from "yaml";
import { plainText } from "./bytes/window-reader.ts";
import { CARD_NAMES } from "./card-names.ts";
import type { SourceFile } from "./contract.ts";

/** A longer card is cut: pages stay fast, and the whole file can be downloaded. */
export const MAX_CARD_BYTES = 1024 * 1024;
/** Front matter with long evaluation results takes some kilobytes. */
const MAX_FRONT_MATTER_CHARS = 64 * 1024;
/** A billion laughs needs aliases; a card does not. */
const MAX_ALIASES = 0;
/** The parser's time grows with the square of the depth; a card's lists are two deep. */
const DEEP_NESTING = /(?:[[{]\s*){16}|(?:[-?:][ \t]+){16}/;
const MAX_LIST_ITEMS = 200;
const MAX_TEXT_CHARS = 200;

export type ParsedCard = {
  /** Markdown without the front matter, as its author wrote it: whoever shows it must sanitise it. */
  body: string;
  license: string | null;
  tags: string[];
  pipeline_tag: string | null;
  library_name: string | null;
  datasets: string[];
  language: string[];
};

/** The card of a version, or null without a README.md at its top. */
export async function readModelCard(files: readonly SourceFile[]): Promise<ParsedCard | null> {
  const readme = files.find(({ path }) => CARD_NAMES.includes(path));
  if (!readme) return null;
  const { source } = readme;
  const bytes = await source.read(0, Math.min(source.sizeBytes, MAX_CARD_BYTES));
  return parseModelCard(new TextDecoder().decode(bytes));
}

/** Never throws: front matter that cannot be read is left out, the text stays. */
export function parseModelCard(text: string): ParsedCard {
  const { frontMatter, body } = split(text.slice(0, MAX_CARD_BYTES));
  const data = frontMatter === null ? {} : parseFrontMatter(frontMatter);
  return {
    body,
    license: oneText(data.license),
    tags: texts(data.tags),
    pipeline_tag: oneText(data.pipeline_tag),
    library_name: oneText(data.library_name),
    datasets: texts(data.datasets),
    language: texts(data.language),
  };
}

function split(text: string): { frontMatter: string | null; body: string } {
  const start = /^\uFEFF?---[ \t]*\r?\n/.exec(text);
  if (!start) return { frontMatter: null, body: text };
  const from = start[0].length;
  const close = /^---[ \t]*$/m;
  const match = close.exec(text.slice(from, from + MAX_FRONT_MATTER_CHARS).replaceAll("\r", " "));
  if (!match) return { frontMatter: null, body: text };
  const rest = text.slice(from + match.index + match[0].length);
  return {
    frontMatter: text.slice(from, from + match.index),
    body: rest.replace(/^[ \t]*\r?\n/, ""),
  };
}

type FrontMatter = Partial<
  Record<"license" | "tags" | "pipeline_tag" | "library_name" | "datasets" | "language", unknown>
>;

function parseFrontMatter(text: string): FrontMatter {
  if (DEEP_NESTING.test(text)) return {};
  try {
    // The failsafe schema knows strings only: no tags, no dates, no "no" that becomes false.
    const document = parseDocument(text, { schema: "failsafe", logLevel: "silent", merge: false });
    if (document.errors.length > 0 || !isMap(document.contents)) return {};
    return document.toJS({ maxAliasCount: MAX_ALIASES }) as FrontMatter;
  } catch {
    return {};
  }
}

function oneText(value: unknown): string | null {
  const [first] = texts(value);
  return first ?? null;
}

/** A text, or the texts of a list. */
function texts(value: unknown): string[] {
  const items: unknown[] = Array.isArray(value) ? value : [value];
  return items
    .filter((item): item is string => typeof item === "string" && item.trim() !== "")
    .slice(0, MAX_LIST_ITEMS)
    .map((item) => plainText(item.trim(), MAX_TEXT_CHARS));
}
