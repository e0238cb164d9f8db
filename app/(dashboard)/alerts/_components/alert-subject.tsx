import Link from "next/link";
import { modelHref, versionHref } from "#components/api/paths.ts";
import { BlobLink } from "#components/storage/blob-link.tsx";
import type { AlertWire } from "#lib/alerts/schema.ts";

const LINK = "inline-flex min-h-target items-center underline [overflow-wrap:anywhere]";

/** What it is about, as a link where there is a page of it. */
export function AlertSubject({ alert }: { alert: AlertWire }) {
  const { kind, subject, model } = alert;
  if (subject.startsWith("sha256:")) return <BlobLink digest={subject} />;
  if (kind === "webhook_disabled")
    return <PlainLink href={`/integrations/webhooks/${subject}`}>{subject}</PlainLink>;
  if (kind === "backup_failed" || kind === "backup_overdue" || kind === "backup_damaged")
    return <PlainLink href="/backups">{subject}</PlainLink>;
  // A missing model has no page.
  if (model === null || kind === "model_not_found")
    return <span className="[overflow-wrap:anywhere]">{subject}</span>;
  const version = subject.startsWith(`${model}/`) ? subject.slice(model.length + 1) : null;
  const href = version === null ? modelHref(model) : versionHref(model, version);
  return <PlainLink href={href}>{subject}</PlainLink>;
}

function PlainLink({ href, children }: { href: string; children: string }) {
  return (
    <Link href={href} prefetch={false} className={LINK}>
      {children}
    </Link>
  );
}
