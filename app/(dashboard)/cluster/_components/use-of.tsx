import { useLocale } from "next-intl";
import { cn } from "#components/ui/cn.ts";
import { Bytes } from "#components/ui/format.tsx";
import { formatShare } from "#components/ui/format-values.ts";

/** Dask pauses a worker at 80 % of its memory, and ends it at 95 %. */
const MEMORY_HIGH = 0.8;

/** Memory in numbers, and as a bar where there is a limit. */
export function MemoryUse({ used, limit }: { used: number; limit: number | null }) {
  const locale = useLocale();
  const share = limit ? Math.min(1, used / limit) : null;
  return (
    <span className="inline-flex min-w-0 flex-wrap items-center gap-x-2">
      <span className="whitespace-nowrap">
        <Bytes value={used} />
        {limit !== null && (
          <>
            {" / "}
            <Bytes value={limit} />
          </>
        )}
      </span>
      {share !== null && (
        <span
          className="h-1.5 w-16 overflow-hidden rounded-full bg-sunken"
          title={formatShare(share, locale)}
        >
          <span
            className={cn("block h-full", share >= MEMORY_HIGH ? "bg-warn" : "bg-accent")}
            style={{ width: `${share * 100}%` }}
          />
        </span>
      )}
    </span>
  );
}

/** 100 is one core, so a worker of several threads has more. */
export function CpuUse({ percent }: { percent: number }) {
  const locale = useLocale();
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }).format(percent);
  return <span className="tabular-nums">{number} %</span>;
}
