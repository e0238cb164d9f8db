import { useTranslations } from "next-intl";
import { Skeleton } from "#components/ui/skeleton.tsx";

export default function StorageLoading() {
  const t = useTranslations("common");
  return (
    <div role="status" aria-label={t("loading")}>
      <Skeleton className="mb-2 h-7 w-32" />
      <Skeleton className="mb-6 h-5 w-full max-w-prose" />
      <div className="grid grid-cols-1 gap-6 lg:grid-cols-2">
        <Skeleton className="h-52 w-full lg:col-span-2" />
        <Skeleton className="h-64 w-full" />
        <Skeleton className="h-64 w-full" />
        <Skeleton className="h-80 w-full lg:col-span-2" />
      </div>
    </div>
  );
}
