import { useTranslations } from "next-intl";
import { Skeleton } from "#components/ui/skeleton.tsx";

export default function TrashLoading() {
  const t = useTranslations("common");
  return (
    <div role="status" aria-label={t("loading")}>
      <Skeleton className="mb-6 h-7 w-32" />
      <Skeleton className="mb-6 h-40 w-full" />
      <Skeleton className="h-40 w-full" />
    </div>
  );
}
