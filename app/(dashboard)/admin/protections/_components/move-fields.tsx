"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import { MOVE_KINDS, type MoveKind, PROTECTED_STAGES } from "#lib/models/protection/schema.ts";

/** Which models, and which alias or stage of them. */
export function MoveFields() {
  const t = useTranslations("admin.protections");
  const common = useTranslations("common");
  const [kind, setKind] = useState<MoveKind>("alias");
  return (
    <>
      <Field label={t("pattern")} hint={t("patternHint")}>
        {(control) => (
          <Input
            {...control}
            name="pattern"
            required
            maxLength={129}
            autoComplete="off"
            spellCheck={false}
          />
        )}
      </Field>
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label={t("kind")}>
          {(control) => (
            <Select
              {...control}
              name="kind"
              value={kind}
              onChange={(event) => setKind(event.target.value as MoveKind)}
            >
              {MOVE_KINDS.map((known) => (
                <option key={known} value={known}>
                  {t(`kindNames.${known}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label={t("target")}>
          {(control) =>
            kind === "alias" ? (
              <Input {...control} name="target" required maxLength={64} autoComplete="off" />
            ) : (
              <Select {...control} name="target" defaultValue="production">
                {PROTECTED_STAGES.map((stage) => (
                  <option key={stage} value={stage}>
                    {common(`stage.${stage}`)}
                  </option>
                ))}
              </Select>
            )
          }
        </Field>
      </div>
    </>
  );
}
