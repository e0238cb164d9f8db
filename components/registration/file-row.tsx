"use client";

import { Check, RotateCw, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { Button } from "#components/ui/button.tsx";
import { Bytes } from "#components/ui/format.tsx";
import type { ChosenFile } from "./chosen-files.ts";
import type { FileState } from "./upload/file-state.ts";
import { useFileProblem } from "./use-file-problem.ts";

/** One chosen file: how far it is, what is wrong with it, and the ways to remove it and to try it again. */
export function FileRow(props: {
  chosen: ChosenFile;
  /** Undefined before anything was tried with the file. */
  state: FileState | undefined;
  /** Bytes of the file that an earlier upload has left on the server. */
  keptBytes: number;
  isDisabled: boolean;
  onRemove: (path: string) => void;
  onRetry: (path: string) => void;
}) {
  const t = useTranslations("register.files");
  const problem = useFileProblem();
  const { path, file } = props.chosen;
  const { state } = props;
  const isFailed = state?.phase === "failed";
  return (
    <li className="relative flex flex-wrap items-center gap-x-3 py-1 pr-1 pl-3">
      <span className="min-w-0 flex-1 font-mono text-[13px] [overflow-wrap:anywhere] max-sm:basis-full max-sm:pt-1">
        {path}
      </span>
      <span className="flex items-center gap-3 text-muted max-sm:mr-auto">
        <Status state={state} sizeBytes={file.size} keptBytes={props.keptBytes} />
        <Bytes value={file.size} />
      </span>
      {isFailed && (
        <Button
          size="sm"
          data-retry
          aria-label={t("retryPath", { path })}
          onClick={() => props.onRetry(path)}
        >
          <RotateCw aria-hidden className="size-3.5" />
          {t("retry")}
        </Button>
      )}
      <Button
        size="icon"
        variant="ghost"
        disabled={props.isDisabled}
        aria-label={t("remove", { path })}
        onClick={() => props.onRemove(path)}
      >
        <X aria-hidden className="size-4" />
      </Button>
      {isFailed && (
        <p role="alert" className="w-full pr-2 pb-1 text-danger text-xs">
          {problem(state.error)}
        </p>
      )}
      {state?.phase === "sending" && (
        <span
          aria-hidden
          className="absolute bottom-0 left-0 h-0.5 bg-accent"
          style={{ width: `${share(state.sentBytes, file.size)}%` }}
        />
      )}
    </li>
  );
}

function Status(props: { state: FileState | undefined; sizeBytes: number; keptBytes: number }) {
  const t = useTranslations("register.files.status");
  const { state } = props;
  if (!state || state.phase === "waiting" || state.phase === "opening") {
    const percent = share(props.keptBytes, props.sizeBytes);
    if (percent > 0) return <span className="text-xs">{t("kept", { percent })}</span>;
  }
  if (!state || state.phase === "failed") return null;
  if (state.retryAt !== undefined)
    return <span className="text-warn text-xs">{t("retrying")}</span>;
  const percent = share(state.sentBytes, props.sizeBytes);
  if (state.phase === "sending")
    return <span className="text-xs tabular-nums">{t("sending", { percent })}</span>;
  return (
    <span className="inline-flex items-center gap-1 text-xs">
      {state.phase === "stored" && <Check aria-hidden className="size-3.5 text-ok" />}
      {t(state.wasStored ? "known" : state.phase)}
    </span>
  );
}

const share = (part: number, whole: number) => Math.floor((part / Math.max(whole, 1)) * 100);
