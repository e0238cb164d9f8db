/** A name as MLflow has it, or the beginning of names followed by `*`. Case counts, as it does there. */
export function fitsPattern(name: string, pattern: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
