/** Text files: what they are by their bytes, and which of them bring code along. */

import { chunksOf } from "../formats/byte-source.ts";
import type { ByteSource, Finding } from "../formats/contract.ts";
import { finding } from "./verdict.ts";

/** Vocabularies and tokenizers take some 20 MB; a text above this is not read through. */
const MAX_TEXT_BYTES = 256 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;
/** Longer than any of the patterns, so that none is missed at the seam of two chunks. */
const OVERLAP_CHARS = 256;

/** Control characters that no text has; tab, line feed, form feed, carriage return and escape may be. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const BINARY = /[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]/;

const PYTHON_FILE = /\.(?:py|pyw|pyi|ipynb)$/i;
const SCRIPT_FILE = /\.(?:sh|bash|bat|cmd|ps1|js|mjs|cjs|rb|pl|lua|php)$/i;
const MARKDOWN_FILE = /\.(?:md|markdown|rst)$/i;

type Rule = { code: string; pattern: RegExp; detail: string };

const RULES: readonly Rule[] = [
  {
    code: "yaml_python_tag",
    pattern: /!!python\/|tag:yaml\.org,2002:python\//,
    detail: "The text has a YAML tag that makes Python objects.",
  },
  {
    code: "remote_code",
    pattern: /"(?:auto_map|custom_pipelines?)"\s*:/,
    detail: "The configuration makes loaders run Python files that come with the model.",
  },
  {
    code: "unsafe_deserialization",
    pattern: /enable_unsafe_deserialization|trust_remote_code"?\s*[:=]\s*[Tt]rue/,
    detail: "The text switches a loader's protection off.",
  },
];

/** Applied to what begins with `<`. No pattern looks beyond the next tag: that keeps them linear. */
const MARKUP_RULES: readonly Rule[] = [
  {
    code: "markup_script",
    pattern: /<script|<[a-z][^<>\n]*\son\w+\s*=|javascript:|<foreignObject|<iframe|<embed|<object/i,
    detail: "The document brings a script along.",
  },
  {
    code: "external_entity",
    pattern: /<!ENTITY|<!DOCTYPE[^<>]*\[/i,
    detail: "The document defines entities, which can read other files.",
  },
];

/** Findings of a text; null when the bytes are no UTF-8 text, or too many to look at. */
export async function judgeText(source: ByteSource, where: string): Promise<Finding[] | null> {
  if (source.sizeBytes > MAX_TEXT_BYTES) return null;
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const seen = new Map<string, Rule>();
  let rest = "";
  let isFirst = true;
  let rules: readonly Rule[] = MARKDOWN_FILE.test(where) ? [] : RULES;
  const findings = judgeName(where);
  try {
    for await (const chunk of chunksOf(source, CHUNK_BYTES)) {
      const piece = decoder.decode(chunk, { stream: true });
      if (BINARY.test(piece)) return null;
      if (isFirst) {
        if (piece.startsWith("#!")) findings.push(script(where));
        if (/^\s*</.test(piece)) rules = [...rules, ...MARKUP_RULES];
      }
      isFirst = false;
      const text = rest + piece;
      for (const rule of rules) if (rule.pattern.test(text)) seen.set(rule.code, rule);
      rest = text.slice(-OVERLAP_CHARS);
    }
    decoder.decode();
  } catch (cause) {
    if (cause instanceof TypeError) return null;
    throw cause;
  }
  for (const { code, detail } of seen.values())
    findings.push(finding("suspicious", code, detail, where));
  return findings;
}

/** Code is text like any other: only its name says that somebody will run it. */
function judgeName(where: string): Finding[] {
  if (PYTHON_FILE.test(where)) {
    return [finding("suspicious", "python_code", "The file is Python code.", where)];
  }
  return SCRIPT_FILE.test(where) ? [script(where)] : [];
}

function script(where: string): Finding {
  return finding("suspicious", "script_code", "The file is a script.", where);
}
