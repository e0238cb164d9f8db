import { useLocale, useTranslations } from "next-intl";
import { Card } from "#components/ui/card.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import { formatInteger } from "#components/ui/format-values.ts";
import type { ChainState } from "#lib/audit/schema.ts";
import { VerifyAuditButton } from "./verify-audit-button.tsx";

/** Whether the log is what it was: how far it is verified, and what is broken. */
export function ChainCard({ chain, isManager }: { chain: ChainState; isManager: boolean }) {
  const t = useTranslations("audit.chain");
  const locale = useLocale();
  const { verification, checkpoint, waiting } = chain;
  const problem = verification?.problem ?? null;
  const key = chain.keys.at(-1);
  const place = (seq: string) => formatInteger(Number(seq), locale);
  return (
    <Card title={t("title")} actions={isManager && <VerifyAuditButton />} className="mb-4">
      {problem !== null && (
        <div role="alert" className="mb-4 rounded-md bg-danger-soft p-3 text-danger">
          <p className="font-semibold">{t("broken")}</p>
          <p className="[overflow-wrap:anywhere]">
            {t(`problems.${problem.kind}`, {
              seq: problem.seq ?? "–",
              entry: problem.audit_id ?? "–",
            })}
          </p>
        </div>
      )}
      <dl className="grid grid-cols-2 gap-4 lg:grid-cols-4">
        <Fact label={t("verified")}>
          {verification === null ? (
            t("never")
          ) : (
            <>
              {t("upTo", { seq: place(verification.seq) })}{" "}
              <span className="font-normal text-muted">
                <RelativeTime value={verification.at} />
              </span>
            </>
          )}
        </Fact>
        <Fact label={t("chained")}>
          {formatInteger(chain.entries, locale)}
          {waiting > 0 && (
            <span className="font-normal text-muted"> {t("waiting", { count: waiting })}</span>
          )}
        </Fact>
        <Fact label={t("checkpoint")}>
          {checkpoint === null ? (
            t("never")
          ) : (
            <>
              {t("upTo", { seq: place(checkpoint.seq) })}{" "}
              <span className="font-normal text-muted">
                <RelativeTime value={checkpoint.at} />
              </span>
            </>
          )}
        </Fact>
        <Fact label={t("key")}>
          {key === undefined ? (
            t("never")
          ) : (
            <span className="inline-flex items-center gap-1">
              <code className="font-mono text-[13px]" title={key.id}>
                {key.id.slice(0, 12)}…
              </code>
              <CopyButton value={key.public_key} label={t("copyKey")} />
            </span>
          )}
        </Fact>
      </dl>
    </Card>
  );
}

function Fact(props: { label: string; children: React.ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-muted">{props.label}</dt>
      <dd className="font-semibold tabular-nums">{props.children}</dd>
    </div>
  );
}
