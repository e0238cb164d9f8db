import { useLocale } from "next-intl";
import { cn } from "#components/ui/cn.ts";
import { formatBytes, formatShare } from "#components/ui/format-values.ts";

export type Share = { key: string; label: string; bytes: number; className: string };

/** Parts of one whole as a bar with its legend; the legend carries the numbers. */
export function ByteBar({ shares, label }: { shares: readonly Share[]; label: string }) {
  const locale = useLocale();
  const total = shares.reduce((sum, { bytes }) => sum + bytes, 0);
  return (
    <div>
      <div aria-hidden className="flex h-3 gap-px overflow-hidden rounded-full bg-sunken">
        {shares.map(({ key, bytes, className }) => (
          <div key={key} className={className} style={{ flexGrow: bytes, flexBasis: 0 }} />
        ))}
      </div>
      <ul aria-label={label} className="mt-3 flex flex-wrap gap-x-6 gap-y-2">
        {shares.map((share) => (
          <li key={share.key} className="flex items-baseline gap-2">
            <span aria-hidden className={cn("size-2.5 shrink-0 rounded-sm", share.className)} />
            <span className="text-muted">{share.label}</span>
            <span className="whitespace-nowrap tabular-nums">
              {formatBytes(share.bytes, locale)}
              {total > 0 && (
                <span className="text-muted"> · {formatShare(share.bytes / total, locale)}</span>
              )}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
