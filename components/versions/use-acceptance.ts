"use client";

import { useState } from "react";
import { versionApi } from "#components/api/paths.ts";
import { ApiError, request } from "#components/api/request.ts";
import type { VersionWire } from "#lib/models/schema.ts";

/** The fields of `RiskAcceptance` in its form, as the body of a request has them. */
export function readAcceptance(form: FormData): { accept_risk?: true; comment?: string } {
  const comment = String(form.get("comment") ?? "").trim();
  return {
    ...(form.get("accept_risk") === "on" ? { accept_risk: true } : {}),
    ...(comment ? { comment } : {}),
  };
}

/**
 * For a form that learns from the server that a version is not clean. `hear` is given the refusal and loads the
 * version into `refused`, which `RiskAcceptance` then explains; it resolves to whether it was the first refusal.
 */
export function useAcceptance(model: string) {
  const [refused, setRefused] = useState<VersionWire | null>(null);
  const hear = async (ref: string, cause: unknown): Promise<boolean> => {
    if (!(cause instanceof ApiError) || cause.code !== "version_not_clean") return false;
    if (refused !== null) return false;
    const version = await request<VersionWire>(versionApi(model, ref)).catch(() => null);
    setRefused(version);
    return version !== null;
  };
  return { refused, hear, forget: () => setRefused(null) };
}
