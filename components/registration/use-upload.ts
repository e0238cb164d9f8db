"use client";

import { useEffect, useRef, useState } from "react";
import { ApiError } from "#components/api/request.ts";
import type { ChosenFile } from "./chosen-files.ts";
import type { FileState } from "./upload/file-state.ts";
import { keptUploads, send, uploadsApi, whileUploading } from "./upload/page-uploads.ts";
import {
  newIdempotencyKey,
  type Registered,
  type RegistrationBody,
  registerUploaded,
} from "./upload/register-uploaded.ts";
import { type QueuePhase, UploadQueue } from "./upload/upload-queue.ts";
import { nextProgress, type Progress, startProgress } from "./upload-progress.ts";

/** In `registering` all bytes are stored and the server reads the facts from them. */
export type UploadPhase = QueuePhase | "registering" | "cancelled" | "done";

export type Upload = {
  phase: UploadPhase;
  progress: Progress;
  files: ReadonlyMap<string, FileState>;
  /** The server has not answered a registration, which is tried again. */
  isRetrying: boolean;
};

/** Some files are not on the server; their states say why. */
export class UploadFailedError extends Error {
  override readonly name = "UploadFailedError";
}

/** Drawing each report of four connections would keep the page busier than the network. */
const DRAW_EVERY_MS = 150;

const IDLE: Upload = {
  phase: "idle",
  progress: startProgress(0, 0),
  files: new Map(),
  isRetrying: false,
};

/** The transfer of one form's registrations. `form` names it in the browser's memory. */
export function useUpload(form: string) {
  const [upload, setUpload] = useState<Upload>(IDLE);
  const page = useRef<ReturnType<typeof openPage> | null>(null);
  const sent = useRef({ content: "", key: "" });
  useEffect(() => () => void page.current?.then(({ leave }) => leave()), []);
  const open = () => {
    page.current ??= openPage(form, setUpload);
    return page.current;
  };

  /** Resolves to null when the upload was cancelled; throws ApiError and UploadFailedError. */
  const register = async (
    path: string,
    body: RegistrationBody,
    files: readonly ChosenFile[],
  ): Promise<Registered | null> => {
    const { queue, show, signal } = await open();
    return whileUploading(form, async () => {
      show({ phase: undefined, isRetrying: false });
      const outcome = await queue.run(files);
      if (outcome === "cancelled") return null;
      if (outcome === "failed") throw new UploadFailedError();
      show({ phase: "registering" });
      const content = JSON.stringify([path, body, queue.refs]);
      if (sent.current.content !== content) sent.current = { content, key: newIdempotencyKey() };
      try {
        const registered = await registerUploaded(send, {
          path,
          body,
          files: queue.refs,
          idempotencyKey: sent.current.key,
          signal,
          onRetry: () => show({ isRetrying: true }),
        });
        await queue.release();
        show({ phase: "done" });
        return registered;
      } catch (error) {
        // The server does not know an upload any more: the next try asks for each anew.
        if (error instanceof ApiError && error.status === 404) queue.reopen();
        show({ phase: undefined, isRetrying: false });
        throw error;
      }
    });
  };
  const cancel = async () => {
    const { queue, show } = await open();
    await queue.cancel();
    show({ phase: "cancelled" });
  };
  const withQueue = (act: (queue: UploadQueue) => void) => () =>
    void open().then(({ queue }) => act(queue));
  return {
    upload,
    register,
    cancel,
    pause: withQueue((queue) => queue.pause()),
    resume: withQueue((queue) => queue.resume()),
    retry: (path: string) => void open().then(({ queue }) => queue.retry(path)),
  };
}

/** The queue of a page, drawn every now and then. */
async function openPage(form: string, draw: (upload: Upload) => void) {
  const left = new AbortController();
  let over: { phase?: UploadPhase; isRetrying?: boolean } = {};
  let progress = startProgress(0, 0);
  let phase: QueuePhase = "idle";
  let timer: ReturnType<typeof setTimeout> | undefined;

  const kept = await keptUploads();
  const queue = new UploadQueue({ api: uploadsApi, kept, form }, () => {
    timer ??= setTimeout(redraw, DRAW_EVERY_MS);
  });
  const redraw = () => {
    clearTimeout(timer);
    timer = undefined;
    if (left.signal.aborted) return;
    const state = queue.state;
    const now = performance.now();
    // Bytes that were there before, and the time of a pause, say nothing about the speed.
    if (state.phase !== phase || state.totalBytes !== progress.totalBytes)
      progress = startProgress(state.totalBytes, now, state.sentBytes);
    else progress = nextProgress(progress, state.sentBytes, now);
    phase = state.phase;
    draw({
      phase: over.phase ?? phase,
      progress,
      files: state.files,
      isRetrying: over.isRetrying ?? false,
    });
  };
  return {
    queue,
    signal: left.signal,
    show: (changes: typeof over) => {
      over = { ...over, ...changes };
      redraw();
    },
    leave: () => {
      left.abort(new DOMException("left", "AbortError"));
      queue.abandon();
    },
  };
}
