import { useTranslations } from "next-intl";
import { downloadPath } from "#components/api/paths.ts";
import type { VersionFacts } from "#lib/models/schema.ts";
import { archiveParts } from "./archive-parts.ts";
import { DownloadButton } from "./download-button.tsx";

/** Downloads the tar of the served files, and beside it the one with the suspicious files where there are any. */
export function ArchiveButtons({ version }: { version: VersionFacts }) {
  const t = useTranslations("version.files");
  const { clean, suspicious, refused } = archiveParts(version);
  const withheld = suspicious + refused;
  const from = { name: version.model, version: version.version };
  const shared = {
    size: "sm" as const,
    href: downloadPath({ ...from, acceptRisk: false }),
    riskHref: downloadPath({ ...from, acceptRisk: true }),
  };
  if (clean === 0) {
    const verdict = suspicious > 0 ? "suspicious" : (version.withheld[0]?.verdict ?? "pending");
    return <DownloadButton {...shared} verdict={verdict} label={t("downloadAll")} />;
  }
  return (
    <div className="flex flex-wrap gap-2">
      {suspicious > 0 && (
        <DownloadButton {...shared} verdict="suspicious" label={t("downloadRisky")} />
      )}
      <DownloadButton
        {...shared}
        verdict="clean"
        label={withheld > 0 ? t("downloadServed", { count: clean }) : t("downloadAll")}
      />
    </div>
  );
}
