import Link from "next/link";
import { useTranslations } from "next-intl";
import { versionHref } from "#components/api/paths.ts";
import { BlobLink } from "#components/storage/blob-link.tsx";
import { Bytes, RelativeTime } from "#components/ui/format.tsx";
import type { DamagedBlobWire } from "#lib/blobs/schema.ts";

/** Blobs that do not match their digest any more, the files that they are part of, and what to do. */
export function DamagedBlobs(props: { blobs: readonly DamagedBlobWire[]; total: number }) {
  const t = useTranslations("storage.trust");
  const { blobs, total } = props;
  return (
    <section
      aria-label={t("damagedHeading")}
      className="mt-4 rounded-md border border-danger/40 bg-danger-soft p-3"
    >
      <h3 className="font-semibold text-danger">{t("damagedTitle", { count: total })}</h3>
      <p className="mt-1">{t("damagedText")}</p>
      <ul className="mt-2 flex flex-col gap-2">
        {blobs.map((blob) => (
          <li key={blob.digest}>
            <p className="flex flex-wrap items-baseline gap-x-2">
              <BlobLink digest={blob.digest} />
              <span>
                <Bytes value={blob.size_bytes} /> · {t("since")}{" "}
                <RelativeTime value={blob.damaged_at} />
              </span>
            </p>
            <ul>
              {blob.files.map(({ model, version, path }) => (
                <li key={`${model} ${version} ${path}`} className="[overflow-wrap:anywhere]">
                  <Link
                    href={versionHref(model, version)}
                    className="inline-flex min-h-target items-center underline"
                  >
                    {model} {version}
                  </Link>{" "}
                  <span className="font-mono text-[13px]">{path}</span>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
      {total > blobs.length && <p className="mt-2">{t("more", { count: total - blobs.length })}</p>}
    </section>
  );
}
