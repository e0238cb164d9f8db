import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { BlobLink } from "#components/storage/blob-link.tsx";
import { VerifyButton } from "#components/storage/verify-button.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { Card } from "#components/ui/card.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { Bytes, RelativeTime } from "#components/ui/format.tsx";
import type { BlobWire } from "#lib/blobs/schema.ts";

/** Size, form and trust of one blob. */
export function BlobFacts({ blob }: { blob: BlobWire }) {
  const t = useTranslations("storage.blob");
  const common = useTranslations("common");
  return (
    <Card
      title={t("facts")}
      actions={<VerifyButton target={{ digest: blob.digest }} isRunning={false} />}
    >
      {blob.damaged_at !== null && (
        <p role="alert" className="mb-3 rounded-md bg-danger-soft p-3 text-danger">
          {t("damaged")} <RelativeTime value={blob.damaged_at} />. {t("damagedText")}
        </p>
      )}
      <dl className="flex flex-col gap-2">
        <Row label={t("digest")}>
          <span className="inline-flex max-w-full items-start gap-1">
            <code className="font-mono text-[13px] [overflow-wrap:anywhere]">{blob.digest}</code>
            <CopyButton value={blob.digest} label={common("copyDigest")} />
          </span>
        </Row>
        <Row label={t("size")}>
          <Bytes value={blob.size_bytes} />
        </Row>
        <Row label={t("stored")}>
          <Bytes value={blob.stored_bytes} /> <Badge>{t(`encoding.${blob.encoding}`)}</Badge>
        </Row>
        <Row label={t("compression")}>{t(`compressionState.${blob.compression}`)}</Row>
        <Row label={t("created")}>
          <RelativeTime value={blob.created_at} />
        </Row>
        <Row label={t("verified")}>
          {blob.verified_at === null ? t("never") : <RelativeTime value={blob.verified_at} />}
        </Row>
        {blob.sources.length > 0 && (
          <Row label={t("sources")}>
            <ul>
              {blob.sources.map((digest) => (
                <li key={digest}>
                  <BlobLink digest={digest} />
                </li>
              ))}
            </ul>
          </Row>
        )}
      </dl>
    </Card>
  );
}

function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap gap-x-4">
      <dt className="w-36 shrink-0 text-muted">{label}</dt>
      <dd className="min-w-0 flex-1 basis-48">{children}</dd>
    </div>
  );
}
