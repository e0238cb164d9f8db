import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { VerdictBadge } from "#components/versions/verdict-badge.tsx";
import type { ComparisonWire } from "#lib/models/compare-schema.ts";
import { SignatureVerdict } from "./compared-signatures.tsx";

/** In a line for each version: what it has otherwise than the base, with links to the parts that tell more. */
export function ComparisonSummary(props: {
  others: readonly { label: string; comparison: ComparisonWire }[];
}) {
  return (
    <ul className="mb-4 flex flex-col divide-y divide-line rounded-lg border border-line bg-surface">
      {props.others.map(({ label, comparison }) => (
        <li key={label} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5">
          <strong className="font-semibold [overflow-wrap:anywhere]">{label}</strong>
          <VerdictBadge verdict={comparison.to.verdict} />
          <Parts comparison={comparison} />
        </li>
      ))}
    </ul>
  );
}

function Parts({ comparison }: { comparison: ComparisonWire }) {
  const t = useTranslations("compare.summary");
  const { files, tensors, metadata, tags, card, signature, from, to } = comparison;
  if (from.digest === to.digest) return <span className="text-muted">{t("identical")}</span>;
  const count = (record: object) => Object.keys(record).length;
  const counts = [
    ["files", files.added.length + files.removed.length + files.changed.length],
    ["tensors", tensors.counts.added + tensors.counts.removed + tensors.counts.changed],
    ["metadata", count(metadata.added) + count(metadata.removed) + count(metadata.changed)],
    ["tags", count(tags.added) + count(tags.removed) + count(tags.changed)],
  ] as const;
  const unread = tensors.counts.unchanged - tensors.counts.same_bytes;
  return (
    <>
      {counts.map(([part, changed]) =>
        changed === 0 ? (
          <span key={part} className="text-muted">
            {t(part, { count: 0 })}
          </span>
        ) : (
          <PartLink key={part} part={part}>
            {t(part, { count: changed })}
          </PartLink>
        ),
      )}
      {unread > 0 && <PartLink part="tensors">{t("unread", { count: unread })}</PartLink>}
      {card.state !== "same" && card.state !== "none" && (
        <PartLink part="card">{t("card")}</PartLink>
      )}
      <span className="inline-flex items-center gap-1.5">
        <span className="text-muted">{t("signature")}</span>
        <SignatureVerdict verdict={signature.verdict} />
      </span>
    </>
  );
}

function PartLink({ part, children }: { part: string; children: ReactNode }) {
  return (
    <a href={`#${part}`} className="inline-flex min-h-target items-center hover:underline">
      {children}
    </a>
  );
}
