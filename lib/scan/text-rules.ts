/** Text files: what they are by their bytes, and which of them bring code along. */

import { chunksOf } from "#lib/formats/bytes/byte-source.ts";
import type { ByteSource, Finding } from "#lib/formats/contract.ts";
import { kerasFindings } from "#lib/formats/keras/keras-config.ts";
import { listedOperators } from "./tensorflow/operators.ts";
import { type Encoding, encodingsOf, SAMPLE_BYTES } from "./text-encoding.ts";
import { readJson, withoutEntities, withoutEscapes } from "./text-forms.ts";
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
/** Where transformers keeps chat templates. */
const TEMPLATE_FILE =
  /\.(?:jinja2?|j2)$|(?:^|\/)(?:tokenizer_config|chat_template|processor_config)\.json$/i;
const MARKUP_FILE = /\.(?:x?html?|svg|xml|pmml|xsl|xslt)$/i;
const MARKUP_START =
  /^\s*<(?:\?xml|!doctype|!--|(?:html|head|body|svg|script|iframe|math|div|img|style|object|embed|pmml)\b)/i;
type Rule = {
  code: string;
  pattern: RegExp;
  detail: string;
  /** True when the pattern means something in YAML, and nothing inside of a string of JSON. */
  isYaml?: boolean;
};

/** Asks for a closer look: Keras builds a model from such a text alone (`model_from_json`). */
const KERAS: Rule = {
  code: "keras_config",
  pattern: /"(?:keras_version|registered_name|inbound_nodes|batch_(?:input_)?shape)"\s*:/,
  detail: "The text is a configuration of Keras.",
};
const TEMPLATE: Rule = {
  code: "chat_template",
  pattern:
    /\{[{%][^{}]{0,300}(?:__(?:class|mro|base|bases|subclasses|globals|builtins|import|init|getattribute|reduce|code|self)__|\|\s{0,64}attr\b)/,
  detail: "The chat template reaches for the interpreter that renders it.",
};
/** Modules of which a configuration has nothing to build. */
const HARMFUL_MODULE =
  "(?:os|posix|nt|subprocess|pty|sys|importlib|runpy|shutil|socket|ctypes|pickle|marshal|code|timeit|pip|urllib|requests|webbrowser)";

const RULES: readonly Rule[] = [
  KERAS,
  {
    code: "harmful_target",
    // Hydra and NeMo call `_target_`, skops builds `__module__.__class__`, jsonpickle calls what py/reduce says.
    pattern: new RegExp(
      `["']?_target_["']?\\s{0,64}:\\s{0,64}["']?(?:${HARMFUL_MODULE}\\.|builtins\\.(?:eval|exec|compile|open|getattr|__import__)\\b)|"__module__"\\s{0,64}:\\s{0,64}"${HARMFUL_MODULE}[".]|"__class__"\\s{0,64}:\\s{0,64}"(?:eval|exec|compile|getattr|__import__)"|"py/(?:reduce|function|repr)"\\s{0,64}:`,
    ),
    detail: "The configuration makes loaders call functions that reach beyond the model.",
  },
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
    // saved_model.pbtxt is loaded where there is no saved_model.pb. Letters by their numbers hide a name.
    pattern: new RegExp(
      `(?:^|[{;,\\s])op[ \\t]{0,64}:\\s{0,64}["'](?:(?:Experimental)?(?:${listedOperators().join("|")})(?:V\\d+)?["']|[^"'\\n]{0,100}\\\\)`,
      "m",
    ),
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
    // Readers do not load the document types of the W3C and of Apple's property lists.
    pattern:
      /<!ENTITY|<!DOCTYPE[^<>]*\[|<!DOCTYPE\s+[\w:.-]+\s+(?:SYSTEM|PUBLIC\s+(?:"[^"<>]*"|'[^'<>]*'))\s*["'](?!https?:\/\/www\.(?:w3\.org|apple\.com)\/|about:legacy-compat)/i,
    detail: "The document defines entities, which can read other files.",
  },
];

/** Findings of a text in any common encoding; null when the bytes are no text, or too many to look at. */
export async function judgeText(source: ByteSource, where: string): Promise<Finding[] | null> {
  if (source.sizeBytes > MAX_TEXT_BYTES) return null;
  const sample = await source.read(0, Math.min(SAMPLE_BYTES, source.sizeBytes));
  for (const open of encodingsOf(sample, source.sizeBytes)) {
    const seen = await rulesMet(source, where, open());
    if (seen === null) continue;
    const isAsked = seen.has(KERAS) || [...seen.keys()].some(({ isYaml }) => isYaml);
    const json = isAsked ? await readJson(source) : null;
    const rules = [...seen].filter(([rule]) => rule !== KERAS && !(rule.isYaml && json !== null));
    const keras = json !== null && seen.has(KERAS) ? kerasFindings(json, where) : [];
    return [...findingsOf(rules, where), ...keras];
  }
  return null;
}

/** Rules that a text meets, and where; the place is null where a text of that encoding does not tell it. */
type Met = Map<Rule, number | null>;

/** Rules that the text meets, read to its end; null when it is no text of that encoding. */
async function rulesMet(
  source: ByteSource,
  where: string,
  encoding: Encoding,
): Promise<Met | null> {
  const seen: Met = new Map();
  const startsAt = source.startsAt ?? 0;
  let rest = "";
  let isFirst = true;
  let rules: readonly Rule[] = PROSE_FILE.test(where) ? [] : RULES;
  if (TEMPLATE_FILE.test(where)) rules = [...rules, TEMPLATE];
  let readBytes = 0;
  /** In UTF-8 the characters before `rest` tell how many bytes they took, a mark at the start aside. */
  let restAt = startsAt;
  try {
    for await (const chunk of chunksOf(source, CHUNK_BYTES)) {
      readBytes += chunk.length;
      const piece = encoding.decode(chunk, readBytes < source.sizeBytes);
      if (isFirst) {
        if (encoding.name === "utf-8" && hasMark(chunk)) restAt += 3;
        if (piece.startsWith("#!")) seen.set(SCRIPT, startsAt);
        if (MARKUP_FILE.test(where) || MARKUP_START.test(piece))
          rules = [...rules, ...MARKUP_RULES];
      }
      isFirst = false;
      // A reader that takes the bytes for another encoding sees the same ASCII in most of them.
      const others = encoding.name === "utf-8" ? "" : Buffer.from(chunk).toString("latin1");
      const whole = rest + piece;
      for (const text of new Set([whole, withoutEscapes(whole), withoutEntities(whole), others])) {
        for (const rule of rules) {
          if (seen.has(rule)) continue;
          const met = rule.pattern.exec(text);
          if (met === null) continue;
          const isExact = text === whole && encoding.name === "utf-8";
          const before = isExact ? Buffer.byteLength(whole.slice(0, met.index)) : null;
          seen.set(rule, before === null ? null : restAt + before);
        }
      }
      rest = whole.slice(seamOf(whole));
      restAt += Buffer.byteLength(whole) - Buffer.byteLength(rest);
    }
  } catch (cause) {
    if (cause instanceof TypeError) return null;
    throw cause;
  }
  return seen;
}

/** Where the overlap with the next chunk begins: not between the halves of a character. */
function seamOf(text: string): number {
  const at = Math.max(0, text.length - OVERLAP_CHARS);
  return at > 0 && /[\udc00-\udfff]/.test(text.charAt(at)) ? at - 1 : at;
}

/** A byte order mark, which decoders leave out. */
function hasMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

const SCRIPT: Rule = { code: "script_code", pattern: /^#!/, detail: "The file is a script." };

function findingsOf(met: readonly (readonly [Rule, number | null])[], where: string): Finding[] {
  const found = met.map(([{ code, detail }, offset]) =>
    finding("suspicious", code, detail, where, offset ?? undefined),
  );
  const named = judgeName(where).map(({ code, detail }) =>
    finding("suspicious", code, detail, where),
  );
  return [...found, ...named];
}

/** Code is text like any other: only its name says that somebody will run it. */
function judgeName(where: string): Pick<Rule, "code" | "detail">[] {
  if (PYTHON_FILE.test(where)) return [{ code: "python_code", detail: "The file is Python code." }];
  return SCRIPT_FILE.test(where) ? [SCRIPT] : [];
}
