"use client";

import { useTranslations } from "next-intl";
import { Badge } from "#components/ui/badge.tsx";
import { Card } from "#components/ui/card.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import { frameworkSchema } from "#lib/wire/words.ts";
import { useProblemText } from "./use-problem-text.ts";
import type { RegistrationState } from "./use-registration.ts";
import { VersionFields } from "./version-fields.tsx";

/** Name, framework and version; the name is given where a version is added to a model. */
export function IdentityCard(props: {
  form: RegistrationState["form"];
  next: RegistrationState["next"];
  detected: RegistrationState["detected"];
  isNameFixed: boolean;
}) {
  const t = useTranslations("register");
  const common = useTranslations("common");
  const problemText = useProblemText();
  const { form, detected } = props;
  const { errors } = form.formState;
  const isDetected = detected !== null && form.watch("framework") === detected;
  return (
    <Card title={t("modelPart")} bodyClassName="grid items-start gap-4 sm:grid-cols-2">
      {!props.isNameFixed && (
        <Field
          className="sm:col-span-2"
          label={t("name.label")}
          hint={t("name.hint")}
          error={problemText(errors.name)}
        >
          {(control) => (
            <Input
              {...control}
              {...form.register("name")}
              maxLength={128}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
            />
          )}
        </Field>
      )}
      <Field
        label={
          <>
            {t("framework.label")}{" "}
            {isDetected && <Badge tone="accent">{t("framework.detected")}</Badge>}
          </>
        }
        hint={isDetected ? t("framework.detectedHint") : t("framework.hint")}
        error={problemText(errors.framework)}
      >
        {(control) => (
          <Select {...control} {...form.register("framework")}>
            <option value="">{t("framework.auto")}</option>
            {frameworkSchema.options.map((framework) => (
              <option key={framework} value={framework}>
                {common(`framework.${framework}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <VersionFields form={form} next={props.next} />
    </Card>
  );
}
