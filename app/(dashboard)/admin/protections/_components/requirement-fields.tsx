"use client";

import { useTranslations } from "next-intl";
import { CheckField } from "#components/ui/check-field.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { APPROVALS_MAX, type ProtectionWire } from "#lib/models/protection/schema.ts";

/** What a version must be to be moved there; at least one of these. */
export function RequirementFields({ protection }: { protection: ProtectionWire | undefined }) {
  const t = useTranslations("admin.protections");
  return (
    <>
      <fieldset className="flex flex-col gap-1.5">
        <legend className="mb-1 font-medium">{t("requires")}</legend>
        <CheckField name="require_clean" defaultChecked={protection?.require_clean ?? true}>
          {t("requireClean")}
        </CheckField>
        <CheckField
          name="require_same_tensors"
          defaultChecked={protection?.require_same_tensors ?? false}
        >
          {t("requireSameTensors")}
        </CheckField>
      </fieldset>
      <Field label={t("rule")} hint={t("ruleHint")}>
        {(control) => (
          <Input
            {...control}
            name="rule"
            defaultValue={protection?.rule ?? ""}
            placeholder="accuracy >= 0.9"
            className="font-mono text-[13px]"
            autoComplete="off"
            spellCheck={false}
          />
        )}
      </Field>
      <Field label={t("approvals")} hint={t("approvalsHint")}>
        {(control) => (
          <Input
            {...control}
            name="approvals"
            type="number"
            min={0}
            max={APPROVALS_MAX}
            defaultValue={protection?.approvals ?? 0}
            required
          />
        )}
      </Field>
    </>
  );
}
