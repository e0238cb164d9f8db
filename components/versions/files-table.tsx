import { useTranslations } from "next-intl";
import { Bytes } from "#components/ui/format.tsx";
import { Pagination } from "#components/ui/pagination.tsx";
import { Table, TableBody, TableHead, TableHeading } from "#components/ui/table.tsx";
import type { FilePage, VersionFacts } from "#lib/models/schema.ts";
import { ArchiveButtons } from "./archive-buttons.tsx";
import { FileRows } from "./file-rows.tsx";
import { VerdictNotice } from "./verdict-notice.tsx";

/** A sharded model has dozens of files; a folder of thousands is paged. */
export const FILES_PER_PAGE = 20;

/** A version's files with digests and verdicts; a file that its verdict withholds cannot be clicked. */
export function FilesTable(props: {
  version: VersionFacts;
  files: FilePage;
  pageHref: (page: number) => string;
}) {
  const { version, files } = props;
  const { page, first, total } = files;
  const last = first + files.items.length;
  const t = useTranslations("version.files");
  return (
    <div className="flex flex-col gap-4">
      <VerdictNotice version={version} />
      <div className="rounded-lg border border-line bg-surface">
        <div className="flex flex-wrap items-center justify-between gap-2 border-line border-b px-4 py-2">
          <p className="text-muted">
            {t("count", { count: total })} · <Bytes value={version.size_bytes} />
          </p>
          {total > 1 && <ArchiveButtons version={version} />}
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
            <FileRows files={files.items} name={version.model} version={version.version} />
          </TableBody>
        </Table>
      </div>
      {total > FILES_PER_PAGE && (
        <Pagination
          previousHref={page > 1 ? props.pageHref(page - 1) : null}
          nextHref={last < total ? props.pageHref(page + 1) : null}
          summary={t("range", { from: first + 1, to: last, total })}
        />
      )}
    </div>
  );
}
