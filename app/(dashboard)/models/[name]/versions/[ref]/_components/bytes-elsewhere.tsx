import Link from "next/link";
import { useTranslations } from "next-intl";
import { Badge } from "#components/ui/badge.tsx";
import type { ImportStanding } from "#lib/models/import-standing.ts";

const wordOf = (standing: ImportStanding | null) => {
  if (standing === null) return "elsewhere";
  return standing.isOver ? "importFailed" : "importing";
};

/** In the place of the verdict: nothing can be said of bytes that are not here. */
export function BytesElsewhereBadge(props: { location: string; standing: ImportStanding | null }) {
  const t = useTranslations("version");
  const { location, standing } = props;
  return (
    <Badge title={standing?.reason ?? t("elsewhereHint", { location })}>
      {t(wordOf(standing))}
    </Badge>
  );
}

/** Where the bytes are, and how far their import is. */
export function BytesElsewhereNotice(props: {
  location: string;
  importing: ImportStanding | null;
}) {
  const t = useTranslations("version");
  const { location, importing } = props;
  return (
    <p className="break-words rounded-md bg-warn-soft px-3 py-2 text-warn">
      {importing === null ? (
        t("elsewhereHint", { location })
      ) : (
        <>
          {t(importing.isOver ? "importFailedHint" : "importingHint", { location })}{" "}
          {importing.isOver && <>{importing.reason} </>}
          <Link href="/operations?kind=import" className="underline">
            {t("importOperation")}
          </Link>
        </>
      )}
    </p>
  );
}
