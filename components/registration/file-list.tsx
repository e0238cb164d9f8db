"use client";

import { useLocale, useTranslations } from "next-intl";
import { Button } from "#components/ui/button.tsx";
import { formatBytes } from "#components/ui/format-values.ts";
import { type ChosenFile, totalBytes } from "./chosen-files.ts";
import { FileRow } from "./file-row.tsx";
import type { FileState } from "./upload/file-state.ts";
import type { UnfinishedUpload } from "./upload/page-uploads.ts";

/** A folder of thousands of files would make each keystroke slow; nobody reads so long a list. */
const SHOWN_MAX = 200;

export function FileList(props: {
  files: readonly ChosenFile[];
  states: ReadonlyMap<string, FileState>;
  kept: ReadonlyMap<string, UnfinishedUpload>;
  isDisabled: boolean;
  onRemove: (path: string) => void;
  onClear: () => void;
  onRetry: (path: string) => void;
}) {
  const t = useTranslations("register.files");
  const locale = useLocale();
  const { files, states } = props;
  const size = formatBytes(totalBytes(files), locale);
  return (
    <div className="mt-4">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p role="status" className="text-muted">
          {t("total", { count: files.length, size })}
        </p>
        {files.length > 1 && (
          <Button size="sm" variant="ghost" disabled={props.isDisabled} onClick={props.onClear}>
            {t("clear")}
          </Button>
        )}
      </div>
      <ul
        aria-label={t("list")}
        className="mt-1 max-h-72 divide-y divide-line overflow-y-auto rounded-md border border-line"
      >
        {shown(files, states).map((chosen) => (
          <FileRow
            key={chosen.path}
            chosen={chosen}
            state={states.get(chosen.path)}
            keptBytes={props.kept.get(chosen.path)?.sentBytes ?? 0}
            isDisabled={props.isDisabled}
            onRemove={props.onRemove}
            onRetry={props.onRetry}
          />
        ))}
        {files.length > SHOWN_MAX && (
          <li className="px-3 py-1 text-muted">{t("more", { count: files.length - SHOWN_MAX })}</li>
        )}
      </ul>
    </div>
  );
}

/** Where not all files are shown, those that need a person come first, then those on their way. */
function shown(
  files: readonly ChosenFile[],
  states: ReadonlyMap<string, FileState>,
): readonly ChosenFile[] {
  if (files.length <= SHOWN_MAX) return files;
  const rank = ({ path }: ChosenFile) => {
    const phase = states.get(path)?.phase;
    if (phase === "failed") return 0;
    return phase === "sending" || phase === "sealing" ? 1 : 2;
  };
  return files.toSorted((a, b) => rank(a) - rank(b)).slice(0, SHOWN_MAX);
}
