import Link from "next/link";
import { useTranslations } from "next-intl";
import { versionHref } from "#components/api/paths.ts";
import { BlobLink } from "#components/storage/blob-link.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import type { KeptReason } from "#lib/blobs/schema.ts";

/** The server names as many. */
const REASONS_MAX = 100;

/** Every reason why the bytes are kept, in words. */
export function KeptBy({ reasons }: { reasons: readonly KeptReason[] }) {
  const t = useTranslations("storage.blob");
  if (reasons.length === 0) return <p>{t("unheld")}</p>;
  return (
    <>
      <ul className="flex flex-col divide-y divide-line">
        {reasons.map((reason) => (
          <li
            key={JSON.stringify(reason)}
            className="py-2 first:pt-0 last:pb-0 [overflow-wrap:anywhere]"
          >
            <Reason reason={reason} />
          </li>
        ))}
      </ul>
      {reasons.length >= REASONS_MAX && <p className="mt-2 text-muted">{t("moreReasons")}</p>}
    </>
  );
}

function Reason({ reason }: { reason: KeptReason }) {
  const t = useTranslations("storage.blob.reason");
  switch (reason.kind) {
    case "version":
      return (
        <>
          {t("version")}{" "}
          <Link
            href={versionHref(reason.model, reason.version)}
            className="inline-flex min-h-target items-center font-medium underline"
          >
            {reason.model} {reason.version}
          </Link>{" "}
          <span className="font-mono text-[13px]">{reason.path}</span>
        </>
      );
    case "trash":
      return (
        <>
          {t("trash")}{" "}
          <Link
            href="/trash"
            className="inline-flex min-h-target items-center font-medium underline"
          >
            {reason.model} {reason.version}
          </Link>{" "}
          <span className="font-mono text-[13px]">{reason.path}</span>, {t("untilPurge")}{" "}
          <RelativeTime value={reason.until} />
        </>
      );
    case "dependent":
      return (
        <>
          {t("dependent")} <BlobLink digest={reason.digest} />
        </>
      );
    default:
      return (
        <>
          {t(reason.kind)} <RelativeTime value={reason.until} />
        </>
      );
  }
}
