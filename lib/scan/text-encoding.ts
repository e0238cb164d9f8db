/** Which encoding a text has. Nothing here guesses a language: it only proves that bytes are a text's. */

/** The encoding is found out from this much of a text. */
export const SAMPLE_BYTES = 64 * 1024;

const ESCAPE = String.fromCharCode(27);
/** Control characters that no text has. White space, escape and backspace may be: progress bars write the last two. */
const CONTROLS = new RegExp(`(?![\\t\\n\\v\\f\\r\\u0008${ESCAPE}\\u007f-\\u009f])\\p{Cc}`, "u");
/** What no text in a wide or an old encoding has: unassigned, private, halves of pairs, what did not decode. */
const UNASSIGNED = /[\p{Cn}\p{Co}\p{Cs}\ufffd\u0080-\u009f]/u;

/** Share of the bytes of a text of Western Europe that are not ASCII, at most. */
const MAX_HIGH_SHARE = 0.3;
const MULTI_BYTE = ["shift_jis", "gb18030", "big5", "euc-jp", "euc-kr"];
const SINGLE_BYTE = [
  "windows-1251",
  "koi8-r",
  "ibm866",
  "windows-1253",
  "windows-1255",
  "windows-1256",
];
/** Random bytes pass for a few characters of any encoding, so that a few must all be letters. */
const MIN_WIDE_CHARS = 4;
const FEW_LETTERS = /^[\x20-\x7e\s\p{L}]*$/u;

/** Scripts that one text is written in, beside Latin. */
const SCRIPTS = [
  /[\u3005-\u30ff\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2fa1f}]/gu,
  /\p{Script=Hangul}/gu,
  /\p{Script=Cyrillic}/gu,
  /\p{Script=Greek}/gu,
  /[\p{Script=Arabic}\p{Script=Hebrew}]/gu,
  /[\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Thai}]/gu,
];
const COMMON = /[\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]/gu;
const PLAUSIBLE_SHARE = 0.95;
const WORDS_SHARE = 0.7;
const MIN_SCRIPT_SHARE = 0.1;

export type Encoding = { name: string; decode: (bytes: Uint8Array, isMore: boolean) => string };

/** Encodings that the file may have, each as a fresh decoder that throws TypeError for bytes of another encoding. */
export function encodingsOf(sample: Uint8Array, sizeBytes: number): (() => Encoding)[] {
  const bytes = Buffer.from(sample.buffer, sample.byteOffset, sample.length);
  const mark = bytes.toString("latin1", 0, 4);
  if (mark === "\xff\xfe\0\0") return [utf32(true)];
  if (mark === "\0\0\xfe\xff") return [utf32(false)];
  if (mark.startsWith("\xff\xfe")) return [wide("utf-16le")];
  if (mark.startsWith("\xfe\xff")) return [wide("utf-16be")];
  const utf8 = named("utf-8", CONTROLS);
  if (CONTROLS.test(bytes.toString("latin1"))) {
    const isQuarter = sizeBytes % 4 === 0 && [0, 3].some((at) => isZeroAt(bytes, at));
    const quarters = isQuarter ? [utf32(true), utf32(false)] : [];
    const halves = sizeBytes % 2 === 0 ? [wide("utf-16le"), wide("utf-16be")] : [];
    return [utf8, ...quarters, ...halves];
  }
  const high = bytes.reduce((count, byte) => count + (byte >> 7), 0);
  const isWestern =
    high / bytes.length <= MAX_HIGH_SHARE ||
    (sizeBytes < MIN_WIDE_CHARS && FEW_LETTERS.test(bytes.toString("latin1")));
  const western = isWestern ? [named("windows-1252", CONTROLS)] : [];
  const old = MULTI_BYTE.map((label) => named(label, CONTROLS, isScript));
  const older = SINGLE_BYTE.map((label) => named(label, CONTROLS, isWords));
  return [utf8, ...western, ...old, ...older];
}

/** In every group of four, the byte at that place is zero: the top of a code point. */
function isZeroAt(bytes: Buffer, place: number): boolean {
  for (let at = place; at < bytes.length; at += 4) if (bytes[at] !== 0) return false;
  return true;
}

function wide(label: string): () => Encoding {
  return named(label, CONTROLS, isPlausible);
}

function named(label: string, never: RegExp, isText?: (text: string) => boolean): () => Encoding {
  return () => {
    const decoder = new TextDecoder(label, { fatal: true });
    let isFirst = true;
    return {
      name: label,
      decode: (bytes, isMore) => {
        const text = decoder.decode(bytes, { stream: isMore });
        if (never.test(text)) throw new TypeError("It has control characters.");
        if (isFirst && isText && !isText(text)) throw new TypeError("It is no text.");
        if (isText && UNASSIGNED.test(text)) throw new TypeError("It has unassigned characters.");
        isFirst = false;
        return text;
      },
    };
  };
}

/** Four bytes a character, which TextDecoder does not know. A chunk holds whole characters. */
function utf32(isLittle: boolean): () => Encoding {
  return () => ({
    name: isLittle ? "utf-32le" : "utf-32be",
    decode: (bytes) => {
      if (bytes.length % 4 !== 0) throw new TypeError("It ends within a character.");
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const pieces: string[] = [];
      for (let at = 0; at < bytes.length; at += 4) {
        const point = view.getUint32(at, isLittle);
        if (point > 0x10ffff) throw new TypeError("It has no such character.");
        pieces.push(String.fromCodePoint(point));
      }
      const text = pieces.join("").replace(/^\ufeff/, "");
      if (CONTROLS.test(text) || UNASSIGNED.test(text) || !isPlausible(text)) {
        throw new TypeError("It is no text.");
      }
      return text;
    },
  });
}

/** True for one script and Latin. Numbers that happen to be characters are of all scripts. */
function isPlausible(whole: string, minScriptShare = 0): boolean {
  const text = whole.slice(0, 4096);
  const chars = [...text].length;
  if (chars < MIN_WIDE_CHARS) return FEW_LETTERS.test(text);
  const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
  const common = count(COMMON);
  const most = Math.max(...SCRIPTS.map(count));
  // Kana are Common in part, so the sum may exceed the whole.
  return (common + most) / chars >= PLAUSIBLE_SHARE && most / chars >= minScriptShare;
}

/** For encodings of which a pair of bytes is a character: true when the text is in the script that they are for. */
function isScript(whole: string): boolean {
  return isPlausible(whole, MIN_SCRIPT_SHARE);
}

/** For encodings of which every byte is some letter: true for words, which are letters in a row, mostly small ones. */
function isWords(whole: string): boolean {
  const text = whole.slice(0, 4096);
  const small = text.match(/[\p{Ll}\p{Lo}\s]/gu)?.length ?? 0;
  return small / text.length >= WORDS_SHARE && isPlausible(text);
}
