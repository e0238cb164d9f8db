import Link from "next/link";
import { useTranslations } from "next-intl";
import { versionHref } from "#components/api/paths.ts";
import type { ConversionStanding } from "#lib/models/conversion/get-conversion-standing.ts";

/** How far the conversion of this version is, or which version it made. */
export function ConversionNotice(props: { model: string; conversion: ConversionStanding }) {
  const t = useTranslations("version.convert");
  const { state, reason, made } = props.conversion;
  if (state === "cancelled" || (state === "done" && made === null)) return null;
  if (state === "failed")
    return (
      <p className="mb-4 break-words rounded-md bg-warn-soft px-3 py-2 text-warn">
        {t("failedNotice")} {reason}
      </p>
    );
  return (
    <p className="mb-4 break-words rounded-md bg-sunken px-3 py-2">
      {made === null ? (
        t("runningNotice")
      ) : (
        <>
          {t("doneNotice")}{" "}
          <Link href={versionHref(props.model, made)} className="underline">
            {made}
          </Link>
          {reason !== null && <>. {reason}</>}
        </>
      )}
    </p>
  );
}
