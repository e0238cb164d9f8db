import { ChevronRight } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import type { AuditEntryWire } from "#lib/audit/schema.ts";
import { auditHref } from "./audit-address.ts";
import { type EntryChanges, entryChanges, type FieldChange } from "./entry-changes.ts";

/** What changed, field by field, and everything else that is known of the entry; opened by its reader. */
export function EntryDetail({ entry }: { entry: AuditEntryWire }) {
  const t = useTranslations("audit");
  const told = entryChanges(entry.detail);
  return (
    <details className="group min-w-0">
      <summary className="flex min-h-target cursor-pointer items-center gap-1 rounded text-muted hover:text-ink">
        <ChevronRight
          aria-hidden
          className="size-4 shrink-0 transition-transform group-open:rotate-90"
        />
        <span className="min-w-0 truncate">{summaryOf(told, t("nothing")) || t("details")}</span>
      </summary>
      <div className="mt-2 flex flex-col gap-3 text-[13px]">
        {told.changes.length > 0 && <Changes changes={told.changes} />}
        <dl className="grid grid-cols-[minmax(5rem,auto)_minmax(0,1fr)] gap-x-3 gap-y-1">
          {told.facts.map(({ name, value }) => (
            <Fact key={name} name={name} value={value} />
          ))}
          <Fact name={t("entry")} value={entry.id} />
          {entry.seq !== null && <Fact name={t("place")} value={entry.seq} />}
          {entry.hash !== null && <Fact name={t("hash")} value={entry.hash} />}
          {entry.token_id !== null && <Fact name={t("token")} value={entry.token_id} />}
          {entry.request_id !== null && (
            <div className="col-span-2 grid grid-cols-subgrid">
              <dt className="text-muted">{t("requestId")}</dt>
              <dd className="min-w-0 [overflow-wrap:anywhere]">
                <Link
                  className="underline"
                  prefetch={false}
                  href={auditHref({ request_id: entry.request_id })}
                >
                  {entry.request_id}
                </Link>
              </dd>
            </div>
          )}
        </dl>
        {told.omitted > 0 && <p className="text-muted">{t("omitted", { count: told.omitted })}</p>}
      </div>
    </details>
  );
}

/** One value as what it was and is; otherwise the names of what changed and of what is known. */
function summaryOf({ changes, facts }: EntryChanges, nothing: string): string {
  const words = changes.map(({ field, before, after }) =>
    field === "" ? `${before || nothing} → ${after || nothing}` : field,
  );
  return [...words, ...facts.map(({ name }) => name)].slice(0, 4).join(", ");
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div className="col-span-2 grid grid-cols-subgrid">
      <dt className="text-muted [overflow-wrap:anywhere]">{name}</dt>
      <dd className="min-w-0 whitespace-pre-wrap [overflow-wrap:anywhere]">{value}</dd>
    </div>
  );
}

/** Before and after stand beside each other on a desk, and below each other on a phone. */
function Changes({ changes }: { changes: readonly FieldChange[] }) {
  const t = useTranslations("audit");
  return (
    <ul className="flex flex-col gap-2">
      {changes.map(({ field, before, after }) => (
        <li key={field} className="min-w-0">
          <p className="font-medium [overflow-wrap:anywhere]">
            {field === "" ? t("changedValue") : field}
          </p>
          <div className="mt-0.5 grid gap-1 sm:grid-cols-2">
            <Side label={t("before")} sign="−" value={before} className="bg-danger-soft" />
            <Side label={t("after")} sign="+" value={after} className="bg-ok-soft" />
          </div>
        </li>
      ))}
    </ul>
  );
}

function Side(props: { label: string; sign: string; value: string | null; className: string }) {
  const t = useTranslations("audit");
  const isText = props.value !== null && props.value !== "";
  return (
    <div className={`flex min-w-0 gap-1.5 rounded px-2 py-1 ${props.className}`}>
      <span aria-hidden>{props.sign}</span>
      <span className="sr-only">{props.label}</span>
      <span className="min-w-0 whitespace-pre-wrap [overflow-wrap:anywhere]">
        {isText ? props.value : <i>{props.value === null ? t("nothing") : t("emptyValue")}</i>}
      </span>
    </div>
  );
}
