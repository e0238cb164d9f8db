import type { AuditEntryWire } from "#lib/audit/schema.ts";
import { type VerdictName, verdictSchema } from "#lib/wire/words.ts";

type Sentence = {
  key:
    | "created"
    | "edited"
    | "ownerChanged"
    | "modelTrashed"
    | "modelRestored"
    | "registered"
    | "versionEdited"
    | "staged"
    | "versionTrashed"
    | "versionRestored"
    | "imported"
    | "conversionStarted"
    | "rescanned"
    | "filesRescanned"
    | "aliasCreated"
    | "aliasMoved"
    | "aliasRemoved"
    | "loadRequested"
    | "unloadRequested"
    | "loadSucceeded"
    | "unloadSucceeded"
    | "loadFailed"
    | "loadCancelled"
    | "other";
  values: { [key in "version" | "alias" | "from" | "to" | "fields" | "action"]: string };
  comment: string | null;
  /** The verdict that was accepted for this change. */
  accepted: VerdictName | null;
};

/** The message for an audit entry and its values; `stageName` and `verdictName` put a stage and a verdict in the
 * reader's words. */
export function activitySentence(
  entry: Pick<AuditEntryWire, "action" | "version" | "detail">,
  stageName: (stage: string) => string,
  verdictName: (verdict: string) => string,
): Sentence {
  const { detail } = entry;
  const from = text(detail.before);
  const fields = Object.keys(asObject(detail.after));
  const values = {
    version: entry.version ?? "",
    alias: text(detail.alias),
    from,
    to: text(detail.after),
    fields: fields.join(", "),
    action: entry.action,
  };
  const comment = typeof detail.comment === "string" && detail.comment ? detail.comment : null;
  const sentence = (key: Sentence["key"], more: Partial<Sentence["values"]> = {}): Sentence => ({
    key,
    values: { ...values, ...more },
    comment,
    accepted: verdictSchema.safeParse(detail.accepted_verdict).data ?? null,
  });
  switch (entry.action) {
    case "model.created":
      return sentence("created");
    case "model.updated":
      if (fields.length === 1 && fields[0] === "owner") {
        const owner = (side: unknown) => text(asObject(side).owner);
        return sentence("ownerChanged", { from: owner(detail.before), to: owner(detail.after) });
      }
      return sentence("edited");
    case "model.trashed":
      return sentence("modelTrashed");
    case "model.restored":
      return sentence("modelRestored");
    case "version.registered":
      return sentence("registered");
    case "version.imported":
      return sentence("imported");
    case "version.conversion_started":
      return sentence("conversionStarted", { to: text(detail.to) });
    case "version.rescanned":
      return from === text(detail.after)
        ? sentence("filesRescanned")
        : sentence("rescanned", { from: verdictName(from), to: verdictName(text(detail.after)) });
    case "version.updated":
      return sentence("versionEdited");
    case "version.staged":
      return sentence("staged", { from: stageName(values.from), to: stageName(values.to) });
    case "version.trashed":
      return sentence("versionTrashed");
    case "version.restored":
      return sentence("versionRestored");
    case "alias.moved":
      return sentence(from === "" ? "aliasCreated" : "aliasMoved");
    case "alias.removed":
      return sentence("aliasRemoved");
    case "load.requested":
      return sentence("loadRequested");
    case "unload.requested":
      return sentence("unloadRequested");
    case "load.succeeded":
      return sentence(detail.action === "unload" ? "unloadSucceeded" : "loadSucceeded");
    case "load.failed":
      return sentence("loadFailed");
    case "load.cancelled":
      return sentence("loadCancelled");
    default:
      return sentence("other");
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function asObject(value: unknown): Record<string, unknown> {
  return value !== null && typeof value === "object" ? (value as Record<string, unknown>) : {};
}
