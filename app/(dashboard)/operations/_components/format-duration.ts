const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

/** 4 s -> "4 sec", 3,725 s -> "1 hr 2 min": the two largest units say enough. */
export function formatDuration(seconds: number, locale: string): string {
  const unit = (value: number, name: string) =>
    new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "short" }).format(
      value,
    );
  const whole = Math.max(0, Math.round(seconds));
  for (const [index, [name, length]] of UNITS.entries()) {
    if (whole < length) continue;
    const [smaller, smallerLength] = UNITS[index + 1] ?? ["second", 1];
    const rest = Math.floor((whole % length) / smallerLength);
    const first = unit(Math.floor(whole / length), name);
    return rest === 0 ? first : `${first} ${unit(rest, smaller)}`;
  }
  return unit(whole, "second");
}
