import { HardDrive } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { VerdictBadge } from "@/components/models/verdict-badge";
import { blobHref } from "@/components/storage/paths.ts";
import { buttonStyle } from "@/components/ui/button-style.ts";
import { Bytes, Digest } from "@/components/ui/format";
import { Pagination } from "@/components/ui/pagination";
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeading,
  TableRow,
} from "@/components/ui/table";
import { DownloadButton } from "@/components/versions/download-button";
import { downloadPath, filePath } from "@/components/versions/paths.ts";
import { VerdictNotice } from "@/components/versions/verdict-notice";
import type { VersionWire } from "@/lib/models/schema.ts";

/** A sharded model has dozens of files; a folder of thousands is paged. */
const FILES_PER_PAGE = 100;
const REASON_ID = "verdict-reason";

/** A version's files with digests and verdicts; what the verdict does not let out cannot be clicked. */
export function FilesTable(props: {
  version: VersionWire;
  /** From 1. */
  page: number;
  pageHref: (page: number) => string;
}) {
  const { version, page } = props;
  const first = (page - 1) * FILES_PER_PAGE;
  const files = version.files.slice(first, first + FILES_PER_PAGE);
  const last = first + files.length;
  const t = useTranslations("version.files");
  const common = useTranslations("common");
  const { verdict } = version.scan;
  const from = { name: version.model, version: version.version };
  const button = { verdict, reasonId: REASON_ID };
  return (
    <div className="flex flex-col gap-4">
      <VerdictNotice verdict={verdict} id={REASON_ID} />
      <div className="rounded-lg border border-line bg-surface">
        <div className="flex flex-wrap items-center justify-between gap-2 border-line border-b px-4 py-2">
          <p className="text-muted">
            {t("count", { count: version.files.length })} · <Bytes value={version.size_bytes} />
          </p>
          {version.files.length > 1 && (
            <DownloadButton
              {...button}
              size="sm"
              label={t("downloadAll")}
              href={downloadPath({ ...from, acceptRisk: false })}
              riskHref={downloadPath({ ...from, acceptRisk: true })}
            />
          )}
        </div>
        <Table>
          <TableHead>
            <tr>
              <TableHeading>{t("path")}</TableHeading>
              <TableHeading>{t("format")}</TableHeading>
              <TableHeading>{t("verdict")}</TableHeading>
              <TableHeading className="text-right">{t("size")}</TableHeading>
              <TableHeading>{t("digest")}</TableHeading>
              <TableHeading>
                <span className="sr-only">{t("download")}</span>
              </TableHeading>
            </tr>
          </TableHead>
          <TableBody>
            {files.map((file) => (
              <TableRow key={file.path}>
                <TableCell className="max-w-0 min-w-48 sm:w-1/2 max-sm:w-full max-sm:max-w-full">
                  <span className="font-mono text-[13px] [overflow-wrap:anywhere]">
                    {file.path}
                  </span>
                </TableCell>
                <TableCell>{common(`format.${file.format}`)}</TableCell>
                <TableCell>
                  <VerdictBadge verdict={file.verdict} />
                </TableCell>
                <TableCell className="sm:text-right">
                  <Bytes value={file.size_bytes} />
                </TableCell>
                <TableCell>
                  <span className="inline-flex items-center">
                    <Digest value={file.digest} copyLabel={common("copyDigest")} />
                    <Link
                      href={blobHref(file.digest)}
                      prefetch={false}
                      title={t("storage")}
                      aria-label={t("storageOf", { path: file.path })}
                      className={buttonStyle("ghost", "icon", "size-target")}
                    >
                      <HardDrive aria-hidden className="size-3.5" />
                    </Link>
                  </span>
                </TableCell>
                <TableCell className="text-right">
                  <DownloadButton
                    {...button}
                    size="sm"
                    label={t("download")}
                    accessibleLabel={t("downloadOne", { path: file.path })}
                    href={filePath({ ...from, acceptRisk: false }, file.path)}
                    riskHref={filePath({ ...from, acceptRisk: true }, file.path)}
                  />
                </TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </div>
      {version.files.length > FILES_PER_PAGE && (
        <Pagination
          previousHref={page > 1 ? props.pageHref(page - 1) : null}
          nextHref={last < version.files.length ? props.pageHref(page + 1) : null}
          summary={t("range", { from: first + 1, to: last, total: version.files.length })}
        />
      )}
    </div>
  );
}
