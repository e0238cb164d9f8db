"use client";

import { useEffect, useRef, useState } from "react";
import { ApiError } from "@/components/api/request.ts";
import { type ChosenFile, totalBytes } from "@/components/registration/chosen-files.ts";
import { toFormData } from "@/components/registration/form-values.ts";
import {
  newIdempotencyKey,
  type Registered,
  sendRegistration,
} from "@/components/registration/send-registration.ts";
import {
  nextProgress,
  type Progress,
  startProgress,
} from "@/components/registration/upload-progress.ts";

/** `reading`: everything is stored, the server reads the facts from the bytes. */
export type Upload =
  | { phase: "idle" | "cancelled" | "done" }
  | { phase: "sending" | "reading"; progress: Progress };

/** One registration's transfer. `send` answers null when it was cancelled, and throws ApiError. */
export function useUpload() {
  const [upload, setUpload] = useState<Upload>({ phase: "idle" });
  const abort = useRef<AbortController | null>(null);
  const sent = useRef({ content: "", key: "" });
  useEffect(() => () => abort.current?.abort(), []);

  const send = async (
    path: string,
    fields: Record<string, string>,
    files: readonly ChosenFile[],
  ): Promise<Registered | null> => {
    const controller = new AbortController();
    abort.current = controller;
    const content = describeContent(path, fields, files);
    if (sent.current.content !== content) sent.current = { content, key: newIdempotencyKey() };
    let progress = startProgress(totalBytes(files), performance.now());
    const show = (phase: "sending" | "reading", sentBytes: number) => {
      const next = nextProgress(progress, sentBytes, performance.now());
      if (next === progress && phase === "sending") return;
      progress = next;
      setUpload({ phase, progress });
    };
    setUpload({ phase: "sending", progress });
    try {
      const registered = await sendRegistration({
        path,
        form: toFormData(fields, files),
        idempotencyKey: sent.current.key,
        onProgress: (sentBytes) => show("sending", sentBytes),
        onSent: () => show("reading", progress.totalBytes),
        signal: controller.signal,
      });
      setUpload({ phase: "done" });
      return registered;
    } catch (error) {
      setUpload({ phase: controller.signal.aborted ? "cancelled" : "idle" });
      // A lost answer may be asked for again; after a refusal the file may change under its name.
      if (!(error instanceof ApiError) || error.code !== "network") sent.current.content = "";
      if (controller.signal.aborted) return null;
      throw error;
    }
  };
  return { upload, send, cancel: () => abort.current?.abort() };
}

/** Equal for the same registration tried again. */
function describeContent(
  path: string,
  fields: Record<string, string>,
  files: readonly ChosenFile[],
): string {
  const stamps = files.map((chosen) => [chosen.path, chosen.file.size, chosen.file.lastModified]);
  return JSON.stringify([path, fields, stamps]);
}
