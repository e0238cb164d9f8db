/** A text as its readers see it: with letters that are written by their numbers, and as JSON. */
import type { ByteSource } from "#lib/formats/contract.ts";

/** JSON above this is judged as any text. */
const MAX_JSON_BYTES = 64 * 1024 * 1024;

/** With the letters that JSON and YAML also write by their numbers: `"auto\\u005fmap"` is `"auto_map"`. */
export function withoutEscapes(text: string): string {
  return text.replace(/\\(?:u00|x)([2-7][\da-f])/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** `java&#115;cript:` and `java&Tab;script:` are `javascript:`. */
export function withoutEntities(text: string): string {
  return text
    .replace(/&#(?:x([\da-f]{1,6})|(\d{1,7}));?/gi, (_, hex?: string, decimal?: string) => {
      const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return point < 0x80 ? String.fromCharCode(point) : " ";
    })
    .replace(/&(?:Tab|NewLine);/g, " ")
    .replace(/&colon;/g, ":");
}

/** The text of JSON, or of one JSON value a line: what a YAML reader would take for a tag is in a string there. */
export async function readJson(source: ByteSource): Promise<string | null> {
  if (source.sizeBytes > MAX_JSON_BYTES) return null;
  const text = Buffer.from(await source.read(0, source.sizeBytes)).toString("utf8");
  if (!/^\s*[[{"]/.test(text)) return null;
  try {
    JSON.parse(text);
    return text;
  } catch {
    const isLines = text.split("\n").every((line) => {
      try {
        return line.trim() === "" || JSON.parse(line) !== undefined;
      } catch {
        return false;
      }
    });
    return isLines ? text : null;
  }
}
