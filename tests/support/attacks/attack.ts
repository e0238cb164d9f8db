/** A file that means harm, made by a few lines of ours. What it calls does nothing: `true`, `eval('1')`. */
export type Verdict = "clean" | "suspicious" | "unscannable" | "malicious";

export type Attack = {
  /** What is tried. */
  name: string;
  /** By path; the first one is judged, the others lie beside it. */
  files: Readonly<Record<string, Uint8Array>>;
  /** Any of these. */
  verdicts: readonly Verdict[];
};

/** A row of the table of what the registry withstands. */
export type AttackRow = { row: string; attacks: readonly Attack[] };

export const MALICIOUS = ["malicious"] as const;
export const NOT_CLEAN = ["suspicious", "unscannable", "malicious"] as const;
export const REFUSED = ["unscannable", "malicious"] as const;

/** Each character is a byte. */
export const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");
export const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** One file with one name. */
export function attack(
  name: string,
  path: string,
  bytes: Uint8Array | string,
  verdicts: Attack["verdicts"],
): Attack {
  const content = typeof bytes === "string" ? latin1(bytes) : bytes;
  return { name, files: { [path]: content }, verdicts };
}
