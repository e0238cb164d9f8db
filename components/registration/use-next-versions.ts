"use client";

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { z } from "zod";
import { modelApi } from "#components/api/paths.ts";
import { ApiError, request } from "#components/api/request.ts";
import type { nextVersionsSchema } from "#lib/models/schema.ts";
import { modelNameSchema } from "#lib/wire/names.ts";

export type NextVersions = z.infer<typeof nextVersionsSchema>;

/** The server is asked when typing pauses for so long. */
const PAUSE_MS = 300;

/** The versions that may come next; null for a model that does not exist (yet). */
export function useNextVersions(name: string): { next: NextVersions | null; refetch: () => void } {
  const [settled, setSettled] = useState(name);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(name), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [name]);
  const { data, refetch } = useQuery({
    queryKey: ["next-versions", settled],
    queryFn: ({ signal }) => readNext(settled, signal),
    enabled: modelNameSchema.safeParse(settled).success,
  });
  return { next: (settled === name && data) || null, refetch: () => void refetch() };
}

async function readNext(name: string, signal: AbortSignal): Promise<NextVersions | null> {
  try {
    return await request<NextVersions>(`${modelApi(name)}/next-versions`, { signal });
  } catch (error) {
    if (error instanceof ApiError && error.code === "model_not_found") return null;
    throw error;
  }
}
