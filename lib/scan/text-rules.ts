/** Text files: what they are by their bytes, and which of them bring code along. */

import { chunksOf } from "../formats/byte-source.ts";
import type { ByteSource, Finding } from "../formats/contract.ts";
import { type Encoding, encodingsOf, SAMPLE_BYTES } from "./text-encoding.ts";
import { finding } from "./verdict.ts";

/** Vocabularies and tokenizers take some 20 MB; a text above this is not read through. */
const MAX_TEXT_BYTES = 256 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;
/** Longer than any of the patterns, so that none is missed at the seam of two chunks. */
const OVERLAP_CHARS = 512;

const PYTHON_FILE = /\.(?:py|pyw|pyi|ipynb)$/i;
const SCRIPT_FILE = /\.(?:sh|bash|bat|cmd|ps1|js|mjs|cjs|rb|pl|lua|php)$/i;
/** Texts for people and for templates: no loader takes settings from them. */
const PROSE_FILE = /\.(?:md|markdown|rst|txt|jinja2?|j2|prompt|csv|tsv|log)$/i;
const MARKUP_FILE = /\.(?:x?html?|svg|xml|pmml|xsl|xslt)$/i;
const MARKUP_START =
  /^\s*<(?:\?xml|!doctype|!--|(?:html|head|body|svg|script|iframe|math|div|img|style|object|embed|pmml)\b)/i;
/** JSON above this is judged as any text. */
const MAX_JSON_BYTES = 64 * 1024 * 1024;

type Rule = {
  code: string;
  pattern: RegExp;
  detail: string;
  /** True when the pattern means something in YAML, and nothing inside of a string of JSON. */
  isYaml?: boolean;
};

const RULES: readonly Rule[] = [
  {
    code: "yaml_python_tag",
    // At the start of a value, where YAML has tags: a sentence about them has words before. A handle of one's own
    // (%TAG) and a letter by its number (%79) spell the same tag in any other way.
    pattern:
      /(?:^|[:\-?,[{\n\r>|])[ \t]{0,64}(?:&\S{1,64}[ \t]{1,64})?!(?:(?:!|<tag:yaml\.org,2002:)python\/|(?:![^\s,[\]{}]{0,100}|<[^\s>]{0,100})%[\da-f]{2})|^\uFEFF?%TAG[ \t]{1,64}(?!!![ \t]{1,64}tag:yaml\.org,2002:[ \t\r]{0,64}$)/im,
    detail: "The text has a YAML tag that makes Python objects.",
    isYaml: true,
  },
  {
    code: "remote_code",
    pattern: /"(?:auto_map|custom_pipelines?)"\s*:/,
    detail: "The configuration makes loaders run Python files that come with the model.",
  },
  {
    code: "tensorflow_operator",
    // saved_model.pbtxt is loaded where there is no saved_model.pb.
    pattern: /^[ \t]{0,64}op[ \t]{0,64}:[ \t]{0,64}["'](?:ReadFile|WriteFile|(?:Eager)?PyFunc)/m,
    detail: "The graph uses an operator that reaches beyond the model when it runs.",
  },
  {
    code: "unsafe_deserialization",
    // As a setting or as the name of what a configuration builds; not in the middle of a sentence.
    pattern:
      /"(?:[\w.]{1,100}\.)?enable_unsafe_deserialization"|(?:[{,]\s{0,64}"|"\s{0,64},\s{0,64}")trust_remote_code"\s{0,64}:\s{0,64}true|^[ \t]{0,64}(?:-[ \t]{1,8})?trust_remote_code[ \t]{0,8}[:=][ \t]{0,8}[Tt]rue[ \t]{0,8}(?:#|$)/m,
    detail: "The text switches a loader's protection off.",
  },
];

/** Applied to markup, as it is and with its entities resolved. No pattern looks beyond the next tag: that keeps them linear. */
const MARKUP_RULES: readonly Rule[] = [
  {
    code: "markup_script",
    pattern:
      /<(?:[\w-]{1,40}:)?(?:script|handler|foreignObject|iframe|embed|object|base)(?![\w-])|<[a-z][^<>]*[\s/"']on\w+\s*=|attributeName\s*=\s*["']?\s*on/i,
    detail: "The document brings a script along.",
  },
  {
    code: "markup_script",
    // Browsers skip white space inside of the word. Pictures are no documents.
    pattern:
      /j\s*a\s*v\s*a\s*s\s*c\s*r\s*i\s*p\s*t\s*:|href\s*=\s*["']?\s*data:(?!image\/(?:png|jpe?g|gif|webp))/i,
    detail: "The document brings a script along.",
  },
  {
    code: "markup_script",
    pattern:
      /<meta[^<>]*http-equiv\s*=\s*["']?\s*refresh|<link[^<>]*rel\s*=\s*["']?\s*import|<\?xml-stylesheet[^<>]*xsl/i,
    detail: "The document leads to another one.",
  },
  {
    code: "external_entity",
    // The types of documents of the W3C and of Apple's property lists are read by nobody.
    pattern:
      /<!ENTITY|<!DOCTYPE[^<>]*\[|<!DOCTYPE\s+[\w:.-]+\s+(?:SYSTEM|PUBLIC\s+(?:"[^"<>]*"|'[^'<>]*'))\s*["'](?!https?:\/\/www\.(?:w3\.org|apple\.com)\/|about:legacy-compat)/i,
    detail: "The document defines entities, which can read other files.",
  },
];

/** Findings of a text in any common encoding; null when the bytes are none, or too many to look at. */
export async function judgeText(source: ByteSource, where: string): Promise<Finding[] | null> {
  if (source.sizeBytes > MAX_TEXT_BYTES) return null;
  const sample = await source.read(0, Math.min(SAMPLE_BYTES, source.sizeBytes));
  for (const open of encodingsOf(sample, source.sizeBytes)) {
    const seen = await rulesMet(source, where, open());
    if (seen === null) continue;
    if (seen.some(({ isYaml }) => isYaml) && (await isJson(source))) {
      return findingsOf(
        seen.filter(({ isYaml }) => !isYaml),
        where,
      );
    }
    return findingsOf(seen, where);
  }
  return null;
}

/** Rules that the text meets, read to its end; null when it is no text of that encoding. */
async function rulesMet(
  source: ByteSource,
  where: string,
  encoding: Encoding,
): Promise<Rule[] | null> {
  const seen = new Set<Rule>();
  let rest = "";
  let isFirst = true;
  let rules: readonly Rule[] = PROSE_FILE.test(where) ? [] : RULES;
  let readBytes = 0;
  try {
    for await (const chunk of chunksOf(source, CHUNK_BYTES)) {
      readBytes += chunk.length;
      const piece = encoding.decode(chunk, readBytes < source.sizeBytes);
      if (isFirst) {
        if (piece.startsWith("#!")) seen.add(SCRIPT);
        if (MARKUP_FILE.test(where) || MARKUP_START.test(piece))
          rules = [...rules, ...MARKUP_RULES];
      }
      isFirst = false;
      // A reader that takes the bytes for another encoding sees the same ASCII in most of them.
      const others = encoding.name === "utf-8" ? "" : Buffer.from(chunk).toString("latin1");
      const whole = rest + piece;
      for (const text of new Set([whole, withoutEscapes(whole), withoutEntities(whole), others])) {
        for (const rule of rules) if (rule.pattern.test(text)) seen.add(rule);
      }
      rest = piece.slice(-OVERLAP_CHARS);
    }
  } catch (cause) {
    if (cause instanceof TypeError) return null;
    throw cause;
  }
  return [...seen];
}

/** With the letters that JSON and YAML also write by their numbers: `"auto\\u005fmap"` is `"auto_map"`. */
function withoutEscapes(text: string): string {
  return text.replace(/\\(?:u00|x)([2-7][\da-f])/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** `java&#115;cript:` and `java&Tab;script:` are `javascript:`. */
function withoutEntities(text: string): string {
  return text
    .replace(/&#(?:x([\da-f]{1,6})|(\d{1,7}));?/gi, (_, hex?: string, decimal?: string) => {
      const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return point < 0x80 ? String.fromCharCode(point) : " ";
    })
    .replace(/&(?:Tab|NewLine);/g, " ")
    .replace(/&colon;/g, ":");
}

/** True for JSON, and for one JSON value a line: what a YAML reader would take for a tag is in a string. */
async function isJson(source: ByteSource): Promise<boolean> {
  if (source.sizeBytes > MAX_JSON_BYTES) return false;
  const text = Buffer.from(await source.read(0, source.sizeBytes)).toString("utf8");
  if (!/^\s*[[{"]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return text.split("\n").every((line) => {
      try {
        return line.trim() === "" || JSON.parse(line) !== undefined;
      } catch {
        return false;
      }
    });
  }
}

const SCRIPT: Rule = { code: "script_code", pattern: /^#!/, detail: "The file is a script." };

function findingsOf(seen: readonly Rule[], where: string): Finding[] {
  const rules = [...seen, ...judgeName(where)];
  return rules.map(({ code, detail }) => finding("suspicious", code, detail, where));
}

/** Code is text like any other: only its name says that somebody will run it. */
function judgeName(where: string): Pick<Rule, "code" | "detail">[] {
  if (PYTHON_FILE.test(where)) return [{ code: "python_code", detail: "The file is Python code." }];
  return SCRIPT_FILE.test(where) ? [SCRIPT] : [];
}
