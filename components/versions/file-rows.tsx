"use client";

import { HardDrive } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { filePath } from "#components/api/paths.ts";
import { blobHref } from "#components/storage/paths.ts";
import { buttonStyle } from "#components/ui/button-style.ts";
import { Bytes, Digest } from "#components/ui/format.tsx";
import { TableCell, TableRow } from "#components/ui/table.tsx";
import type { FileWire } from "#lib/models/schema.ts";
import { DownloadButton } from "./download-button.tsx";
import { VerdictBadge } from "./verdict-badge.tsx";

/** Renders in the browser too, from the files' facts, so that a page carries each row once. */
export function FileRows(props: { files: readonly FileWire[]; name: string; version: string }) {
  const t = useTranslations("version.files");
  const common = useTranslations("common");
  const from = { name: props.name, version: props.version };
  return (
    <>
      {props.files.map((file) => (
        <TableRow key={file.path}>
          <TableCell className="max-w-0 min-w-48 sm:w-1/2 max-sm:w-full max-sm:max-w-full">
            <span className="font-mono text-[13px] [overflow-wrap:anywhere]">{file.path}</span>
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
              verdict={file.verdict}
              size="sm"
              label={t("download")}
              accessibleLabel={t("downloadOne", { path: file.path })}
              href={filePath({ ...from, acceptRisk: false }, file.path)}
              riskHref={filePath({ ...from, acceptRisk: true }, file.path)}
            />
          </TableCell>
        </TableRow>
      ))}
    </>
  );
}
