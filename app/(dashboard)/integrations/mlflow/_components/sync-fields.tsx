"use client";

import { useTranslations } from "next-intl";
import { CheckField } from "#components/ui/check-field.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import { DIRECTIONS, POLICIES, type SyncWire } from "#lib/mlflow-sync/schema.ts";

type Texts = "name" | "tracking_uri" | "models" | "schedule";
const PLACEHOLDERS: Partial<Record<Texts, string>> = {
  tracking_uri: "https://mlflow.example.org",
  schedule: "0 * * * *",
};

/** Which server, which models, which way, when, and what of conflicts. */
export function SyncFields(props: { sync: SyncWire | undefined; errors: Record<string, string> }) {
  const t = useTranslations("mlflowSync");
  const common = useTranslations("common");
  const { sync, errors } = props;
  const text = (name: Texts, more: { initial?: string; max: number; optional?: boolean }) => (
    <Field
      label={t(`fields.${name}`)}
      hint={t(`hints.${name}`)}
      error={errors[name] ?? null}
      {...(more.optional ? { optionalLabel: common("optional") } : {})}
    >
      {(control) => (
        <Input
          {...control}
          name={name}
          required={!more.optional}
          maxLength={more.max}
          defaultValue={sync?.[name] ?? more.initial ?? ""}
          placeholder={PLACEHOLDERS[name]}
          autoComplete="off"
          spellCheck={false}
        />
      )}
    </Field>
  );
  return (
    <>
      {text("name", { max: 100 })}
      {text("tracking_uri", { max: 2048 })}
      <div className="grid gap-3 sm:grid-cols-2">
        {text("models", { max: 257, initial: "*" })}
        {text("schedule", { max: 100, optional: true })}
        <Field label={t("fields.direction")}>
          {(control) => (
            <Select {...control} name="direction" defaultValue={sync?.direction ?? "both"}>
              {DIRECTIONS.map((value) => (
                <option key={value} value={value}>
                  {t(`directions.${value}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label={t("fields.policy")}>
          {(control) => (
            <Select {...control} name="policy" defaultValue={sync?.policy ?? "report"}>
              {POLICIES.map((value) => (
                <option key={value} value={value}>
                  {t(`policies.${value}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      <CheckField name="deletions" defaultChecked={sync?.deletions ?? false}>
        {t("fields.deletions")}
      </CheckField>
    </>
  );
}
