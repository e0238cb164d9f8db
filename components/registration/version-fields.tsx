"use client";

import { useTranslations } from "next-intl";
import type { UseFormReturn } from "react-hook-form";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import { bumpSchema } from "#lib/models/request-schema.ts";
import type { FormValues } from "./form-values.ts";
import type { NextVersions } from "./use-next-versions.ts";
import { useProblemText } from "./use-problem-text.ts";

/** The proposed versions, and a field to type another one. */
export function VersionFields(props: {
  form: UseFormReturn<FormValues>;
  next: NextVersions | null;
}) {
  const t = useTranslations("register.version");
  const problemText = useProblemText();
  const { form, next } = props;
  const { errors } = form.formState;
  const current = next?.current ? `${t("current", { version: next.current })} ` : "";
  return (
    <>
      <Field
        label={t("label")}
        hint={current + t("hint")}
        error={problemText(errors.versionChoice)}
      >
        {(control) => (
          <Select {...control} {...form.register("versionChoice", { deps: ["version"] })}>
            {next === null ? (
              <option value="first">{t("first", { version: "1.0.0" })}</option>
            ) : (
              bumpSchema.options.toReversed().map((bump) => (
                <option key={bump} value={bump}>
                  {t(bump, { version: next[bump] })}
                </option>
              ))
            )}
            <option value="typed">{t("typed")}</option>
          </Select>
        )}
      </Field>
      {form.watch("versionChoice") === "typed" && (
        <Field label={t("typedLabel")} hint={t("typedHint")} error={problemText(errors.version)}>
          {(control) => (
            <Input
              {...control}
              {...form.register("version")}
              maxLength={128}
              autoComplete="off"
              spellCheck={false}
            />
          )}
        </Field>
      )}
    </>
  );
}
