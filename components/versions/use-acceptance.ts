"use client";

import { useState } from "react";
import { versionApi } from "#components/api/paths.ts";
import { ApiError, request } from "#components/api/request.ts";
import type { VersionWire } from "#lib/models/schema.ts";

/** What `RiskAcceptance` put into its form, as the body of a request has it. */
export function readAcceptance(form: FormData): { accept_risk?: true; comment?: string } {
  const comment = String(form.get("comment") ?? "").trim();
  return {
    ...(form.get("accept_risk") === "on" ? { accept_risk: true } : {}),
    ...(comment ? { comment } : {}),
  };
}

/**
 * For a form that learns from the server that a version is not clean: `refused` is that version once `hear` was given
 * the refusal. `hear` says whether it was the first refusal of this version, which `RiskAcceptance` then explains.
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
