import { useLocale, useTranslations } from "next-intl";
import { Card } from "#components/ui/card.tsx";
import { Bytes, Count } from "#components/ui/format.tsx";
import { formatBytes, formatShare } from "#components/ui/format-values.ts";
import type { CacheWire } from "#lib/blobs/schema.ts";
import { Fact } from "./fact.tsx";

/** The figures of the cache of decompressed blobs since this process started. */
export function CacheCard({ cache }: { cache: CacheWire | null }) {
  const t = useTranslations("storage.cache");
  const locale = useLocale();
  return (
    <Card title={t("title")}>
      {cache === null ? (
        <p className="text-muted">{t("off")}</p>
      ) : (
        <dl className="grid grid-cols-2 gap-4 sm:grid-cols-4">
          <Fact
            label={t("hitRate")}
            hint={t("reads", { hits: cache.hits, reads: cache.hits + cache.misses })}
          >
            {cache.hit_rate === null ? t("unused") : formatShare(cache.hit_rate, locale)}
          </Fact>
          <Fact
            label={t("bytes")}
            hint={t("limit", { limit: formatBytes(cache.limit_bytes, locale) })}
          >
            <Bytes value={cache.bytes} />
          </Fact>
          <Fact label={t("entries")}>
            <Count value={cache.entries} />
          </Fact>
          <Fact label={t("evictions")} hint={t("evictionsHint")}>
            <Count value={cache.evictions} />
          </Fact>
        </dl>
      )}
    </Card>
  );
}
