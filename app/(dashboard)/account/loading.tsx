import { useTranslations } from "next-intl";
import { Skeleton } from "#components/ui/skeleton.tsx";

export default function AccountLoading() {
  const t = useTranslations("common");
  return (
    <div role="status" aria-label={t("loading")}>
      <Skeleton className="mb-6 h-7 w-48" />
      <Skeleton className="mb-4 h-40 w-full" />
      <Skeleton className="mb-4 h-56 w-full" />
      <Skeleton className="h-56 w-full" />
    </div>
  );
}
