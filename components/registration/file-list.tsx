"use client";

import { X } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { type ChosenFile, totalBytes } from "@/components/registration/chosen-files.ts";
import { Button } from "@/components/ui/button";
import { Bytes } from "@/components/ui/format";
import { formatBytes } from "@/components/ui/format-values.ts";

/** A folder of thousands of files would make each keystroke slow; nobody reads so long a list. */
const SHOWN_MAX = 200;

export function FileList(props: {
  files: readonly ChosenFile[];
  onRemove: (path: string) => void;
  onClear: () => void;
}) {
  const t = useTranslations("register.files");
  const locale = useLocale();
  const { files } = props;
  const size = formatBytes(totalBytes(files), locale);
  return (
    <div className="mt-4">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p role="status" className="text-muted">
          {t("total", { count: files.length, size })}
        </p>
        {files.length > 1 && (
          <Button size="sm" variant="ghost" onClick={props.onClear}>
            {t("clear")}
          </Button>
        )}
      </div>
      <ul
        aria-label={t("list")}
        className="mt-1 max-h-72 divide-y divide-line overflow-y-auto rounded-md border border-line"
      >
        {files.slice(0, SHOWN_MAX).map(({ path, file }) => (
          <li key={path} className="flex items-center gap-3 py-1 pr-1 pl-3">
            <span className="min-w-0 flex-1 font-mono text-[13px] [overflow-wrap:anywhere]">
              {path}
            </span>
            <span className="text-muted">
              <Bytes value={file.size} />
            </span>
            <Button
              size="icon"
              variant="ghost"
              aria-label={t("remove", { path })}
              onClick={() => props.onRemove(path)}
            >
              <X aria-hidden className="size-4" />
            </Button>
          </li>
        ))}
        {files.length > SHOWN_MAX && (
          <li className="px-3 py-1 text-muted">{t("more", { count: files.length - SHOWN_MAX })}</li>
        )}
      </ul>
    </div>
  );
}
