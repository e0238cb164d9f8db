"use client";

import { ChevronRight } from "lucide-react";
import { useTranslations } from "next-intl";
import { CheckField } from "#components/ui/check-field.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import type { SyncWire } from "#lib/mlflow-sync/schema.ts";

/** What the other server asks for. It is kept and never shown again. */
export function CredentialFields({ sync }: { sync: SyncWire | undefined }) {
  const t = useTranslations("mlflowSync");
  const common = useTranslations("common");
  return (
    <details className="group">
      <summary className="flex min-h-target cursor-pointer items-center gap-1 rounded font-medium">
        <ChevronRight
          aria-hidden
          className="size-4 shrink-0 transition-transform group-open:rotate-90"
        />
        {t("credential")}
      </summary>
      <p className="mb-2 text-muted text-xs">{t("credentialHint")}</p>
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label={t("fields.username")} optionalLabel={common("optional")}>
          {(control) => (
            <Input
              {...control}
              name="username"
              maxLength={256}
              defaultValue={sync?.username ?? ""}
              autoComplete="off"
              spellCheck={false}
            />
          )}
        </Field>
        <Field
          label={t("fields.secret")}
          optionalLabel={common("optional")}
          {...(sync?.has_secret ? { hint: t("secretKept") } : {})}
        >
          {(control) => (
            <Input
              {...control}
              name="secret"
              type="password"
              maxLength={8192}
              autoComplete="new-password"
            />
          )}
        </Field>
      </div>
      {sync?.has_secret && (
        <CheckField name="forget_secret" defaultChecked={false}>
          {t("forgetSecret")}
        </CheckField>
      )}
    </details>
  );
}
