import { useLocale, useTranslations } from "next-intl";
import { Card } from "#components/ui/card.tsx";
import { Bytes, RelativeTime } from "#components/ui/format.tsx";
import { formatBytes } from "#components/ui/format-values.ts";
import type { StorageWire } from "#lib/blobs/schema.ts";
import { ByteBar } from "./byte-bar.tsx";
import { Fact } from "./fact.tsx";

/** The size of all models' files, the bytes of them on disk, and the bytes that were saved on the way. */
export function StorageSummary({ storage }: { storage: StorageWire }) {
  const t = useTranslations("storage.summary");
  const locale = useLocale();
  const { trash, disk, compression } = storage;
  const size = (bytes: number) => formatBytes(bytes, locale);
  return (
    <Card title={t("title")}>
      <ByteBar
        label={t("bar")}
        shares={[
          {
            key: "stored",
            label: t("stored"),
            bytes: storage.stored_bytes,
            className: "bg-accent",
          },
          {
            key: "sharing",
            label: t("savedBySharing"),
            bytes: storage.saved_by_sharing_bytes,
            className: "bg-ok",
          },
          {
            key: "compression",
            label: t("savedByCompression"),
            bytes: storage.saved_by_compression_bytes,
            className: "bg-line-strong",
          },
        ]}
      />
      <dl className="mt-5 grid grid-cols-2 gap-4 lg:grid-cols-4">
        <Fact
          label={t("logical")}
          hint={t("logicalHint")}
          href="/storage?sort=-logical_bytes#models"
        >
          <Bytes value={storage.logical_bytes} />
        </Fact>
        <Fact
          label={t("onDisk")}
          href="/storage?sort=-stored_bytes#models"
          hint={`${t("blobs", { blobs: storage.blobs })} ${t(
            compression.enabled ? "compression" : "compressionOff",
            { compressed: compression.compressed, pending: compression.pending },
          )}`}
        >
          <Bytes value={storage.stored_bytes} />
        </Fact>
        <Fact
          label={t("trash")}
          href="/trash"
          hint={
            trash.next_purge_at === null ? (
              t("trashEmpty")
            ) : (
              <>
                {t("trashHint", { models: trash.models, versions: trash.versions })}{" "}
                <RelativeTime value={trash.next_purge_at} />
              </>
            )
          }
        >
          <Bytes value={trash.bytes} />
        </Fact>
        {storage.uploads.open > 0 && (
          <Fact label={t("uploads")} hint={t("uploadsHint", { uploads: storage.uploads.open })}>
            <Bytes value={storage.uploads.bytes} />
          </Fact>
        )}
        <Fact label={t("free")} hint={disk && t("freeHint", { total: size(disk.total_bytes) })}>
          {disk ? <Bytes value={disk.free_bytes} /> : t("freeUnknown")}
        </Fact>
      </dl>
    </Card>
  );
}
