"use client";

import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import type { ChosenFile } from "./chosen-files.ts";
import { fingerprintOf, isSameFile } from "./upload/kept-uploads.ts";
import { listUnfinished, type UnfinishedUpload } from "./upload/page-uploads.ts";

const NONE: UnfinishedUpload[] = [];

/** The uploads of this form that are on the server without a version yet; read anew whenever no upload runs. */
export function useUnfinished(form: string, isBusy: boolean) {
  const { data, refetch } = useQuery({
    queryKey: ["unfinished-uploads", form],
    queryFn: ({ signal }) => listUnfinished(form, signal),
    staleTime: 0,
    gcTime: 0,
    enabled: !isBusy,
  });
  useEffect(() => {
    if (!isBusy) void refetch();
  }, [isBusy, refetch]);
  return { unfinished: isBusy ? NONE : (data ?? NONE), refetch };
}

/** The uploads that belong to chosen files, by path, and those that wait for their files. */
export function matchChosen(
  unfinished: readonly UnfinishedUpload[],
  files: readonly ChosenFile[],
): { matched: Map<string, UnfinishedUpload>; waiting: UnfinishedUpload[] } {
  const byPath = new Map(files.map((chosen) => [chosen.path, fingerprintOf(chosen)]));
  const matched = new Map<string, UnfinishedUpload>();
  const waiting: UnfinishedUpload[] = [];
  for (const upload of unfinished) {
    const mark = byPath.get(upload.path);
    if (mark && isSameFile(mark, upload)) matched.set(upload.path, upload);
    else waiting.push(upload);
  }
  return { matched, waiting };
}
