/** Sign-ins, tokens, refusals and downloads in the audit log. None of them is announced to who listens for changes. */
import type { Actor } from "#lib/access/actor.ts";
import type { Refusal } from "#lib/access/refusals.ts";
import type { AuditRecorder } from "./audit-recorder.ts";

/** As much as names and references have at most, with room to spare. */
const TEXT_MAX_LENGTH = 200;

/** Who acts, and from where. */
type Origin = {
  actor: Pick<Actor, "id" | "name" | "tokenId">;
  address: string | null;
  requestId: string | null;
};

/**
 * Somebody could not sign in, or came with a credential that is not valid. `name` is the one that was given, of which the
 * first 200 characters are kept; counted together by address, name and reason.
 */
export function recordRefusedSession(
  recorder: AuditRecorder,
  { name, reason, address, requestId }: Omit<Origin, "actor"> & { name: string; reason: string },
): void {
  const given = storable(name);
  recorder.note({
    actor: { id: null, name: given },
    tokenId: null,
    address,
    requestId,
    action: "session.refused",
    model: null,
    version: null,
    detail: { reason },
    sameness: `${address} ${reason} ${given}`,
  });
}

/** A 401, a 403, or a 404 for what the actor may not see; counted together by actor, address and permission. */
export function recordRefusal(recorder: AuditRecorder, origin: Origin, refusal: Refusal): void {
  const { permission, code, model, version } = refusal;
  recorder.note({
    ...originOf(origin),
    action: "request.refused",
    model: model === undefined ? null : storable(model),
    version: version === undefined ? null : storable(version),
    detail: { permission, code },
    sameness: `${origin.actor.id} ${origin.address} ${permission} ${code}`,
  });
}

export type RecordedDownload = {
  model: string;
  version: string;
  /** null for all files in one archive. */
  path: string | null;
  /** Bytes that the answer promises. */
  bytes: number;
  /** The verdict that the actor accepted to have it, and why; without it nothing had to be accepted. */
  accepted?: { verdict: string; comment: string | null } | null;
};

/** An answer with content; counted together by actor, token, address and file. */
export function recordDownload(
  recorder: AuditRecorder,
  origin: Origin,
  { model, version, path, bytes, accepted = null }: RecordedDownload,
): void {
  const { id, tokenId } = origin.actor;
  recorder.note({
    ...originOf(origin),
    action: "version.downloaded",
    model,
    version,
    detail: {
      file: path,
      ...(accepted === null ? {} : { accepted_verdict: accepted.verdict }),
      ...(accepted?.comment ? { comment: accepted.comment } : {}),
    },
    bytes,
    sameness: JSON.stringify([id, tokenId, origin.address, model, version, path, accepted]),
  });
}

/** Text that nobody has checked yet, as PostgreSQL takes it. */
function storable(text: string): string {
  return text.slice(0, TEXT_MAX_LENGTH).replaceAll("\0", "\uFFFD").toWellFormed();
}

function originOf({ actor, address, requestId }: Origin) {
  const { id, name, tokenId = null } = actor;
  return { actor: { id, name }, tokenId, address, requestId };
}
