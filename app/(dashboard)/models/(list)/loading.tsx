import { useTranslations } from "next-intl";
import { Skeleton } from "#components/ui/skeleton.tsx";

const ROWS = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

export default function ModelsLoading() {
  const t = useTranslations("common");
  return (
    <div role="status" aria-label={t("loading")}>
      <Skeleton className="mb-6 h-7 w-32" />
      <Skeleton className="mb-3 h-9 w-full" />
      <div className="grid gap-x-6 lg:grid-cols-[13rem_minmax(0,1fr)]">
        <div className="flex flex-col gap-3 max-lg:hidden">
          {ROWS.map((row) => (
            <Skeleton key={row} className="h-5" />
          ))}
        </div>
        <div className="rounded-lg border border-line bg-surface">
          {ROWS.map((row) => (
            <div
              key={row}
              className="flex items-center gap-4 border-line border-b p-4 last:border-0"
            >
              <Skeleton className="w-1/3" />
              <Skeleton className="w-16" />
              <Skeleton className="ml-auto w-24" />
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}
