"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { type FormEvent, useSyncExternalStore } from "react";
import { Button } from "#components/ui/button.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { Select } from "#components/ui/select.tsx";
import { AUDIT_ACTIONS } from "#lib/audit/schema.ts";
import { ACTION_LABELS } from "./action-labels.ts";
import { type AuditAddress, auditHref, FILTERS, parseAuditAddress } from "./audit-address.ts";
import { toLocalTime, toMoment } from "./local-time.ts";

/** Which entries are listed, in the address, so that a shared link shows the same. */
export function AuditFilters({ address }: { address: AuditAddress }) {
  const t = useTranslations("audit");
  const router = useRouter();
  const count = FILTERS.filter((name) => address[name] !== undefined).length;
  const apply = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const chosen = Object.fromEntries(
      FILTERS.map((name) => {
        const text = String(form.get(name) ?? "").trim();
        return [name, name === "since" || name === "until" ? toMoment(text) : text];
      }),
    );
    router.push(auditHref(parseAuditAddress(chosen)));
  };
  return (
    <details className="mb-4 rounded-lg border border-line bg-surface" open={count > 0}>
      <summary className="flex min-h-11 cursor-pointer items-center gap-2 px-4 font-semibold">
        {t("filters", { count })}
      </summary>
      {/* Another address has other values, which fields that are filled in once would not show. */}
      <form key={auditHref(address)} onSubmit={apply} className="border-line border-t p-4">
        <div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
          <Field label={t("action")}>
            {(control) => (
              <Select {...control} name="action" defaultValue={address.action ?? ""}>
                <option value="">{t("allActions")}</option>
                {AUDIT_ACTIONS.map((action) => (
                  <option key={action} value={action}>
                    {t(`actions.${ACTION_LABELS[action]}`)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <TextField name="actor" label={t("actor")} address={address} />
          <TextField name="model" label={t("model")} address={address} />
          <TextField name="version" label={t("version")} address={address} />
          <TextField name="address" label={t("address")} address={address} />
          <TextField name="request_id" label={t("requestId")} address={address} />
          <TimeField name="since" label={t("since")} address={address} />
          <TimeField name="until" label={t("until")} address={address} />
        </div>
        <div className="mt-4 flex flex-wrap gap-2">
          <Button type="submit" variant="primary">
            {t("apply")}
          </Button>
          {count > 0 && (
            <LinkButton href="/audit" variant="ghost">
              {t("clear")}
            </LinkButton>
          )}
        </div>
      </form>
    </details>
  );
}

type Name = (typeof FILTERS)[number];
type FilterField = { name: Name; label: string; address: AuditAddress };

function TextField({ name, label, address }: FilterField) {
  return (
    <Field label={label}>
      {(control) => (
        <Input
          {...control}
          name={name}
          defaultValue={address[name] ?? ""}
          maxLength={100}
          autoComplete="off"
          spellCheck={false}
        />
      )}
    </Field>
  );
}

const never = () => () => {};

/** In the reader's own zone, which the server does not know. */
function TimeField({ name, label, address }: FilterField) {
  const isAlive = useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
  const value = isAlive ? toLocalTime(address[name]) : "";
  return (
    <Field label={label}>
      {(control) => (
        <Input {...control} key={value} type="datetime-local" name={name} defaultValue={value} />
      )}
    </Field>
  );
}
