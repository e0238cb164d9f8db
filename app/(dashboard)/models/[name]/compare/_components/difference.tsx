import { useLocale } from "next-intl";
import { formatBytes } from "#components/ui/format-values.ts";

/** "+0.25 (+50%)": how much more a number is than the base's. Nothing where it is the same. */
export function Difference(props: { from: number; to: number; isBytes?: boolean }) {
  const locale = useLocale();
  const difference = props.to - props.from;
  if (difference === 0) return null;
  const signed = new Intl.NumberFormat(locale, {
    maximumSignificantDigits: 4,
    signDisplay: "exceptZero",
    notation: Math.abs(difference) >= 10_000 ? "compact" : "standard",
  });
  const share = new Intl.NumberFormat(locale, {
    style: "percent",
    maximumSignificantDigits: 3,
    signDisplay: "exceptZero",
  });
  const text = props.isBytes
    ? `${difference > 0 ? "+" : ""}${formatBytes(difference, locale)}`
    : signed.format(difference);
  return (
    <span className="ml-1.5 whitespace-nowrap text-muted text-xs tabular-nums">
      {text}
      {props.from !== 0 && ` (${share.format(difference / Math.abs(props.from))})`}
    </span>
  );
}
