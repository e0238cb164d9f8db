"use client";

import { useTranslations } from "next-intl";
import type { UseFormReturn } from "react-hook-form";
import { Card } from "#components/ui/card.tsx";
import { Field } from "#components/ui/field.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import type { FormValues } from "./form-values.ts";
import { TagsEditor } from "./tags-editor.tsx";
import { useProblemText } from "./use-problem-text.ts";

/** Description, tags and metadata: all optional. */
export function AboutCard({ form }: { form: UseFormReturn<FormValues> }) {
  const t = useTranslations("register");
  const common = useTranslations("common");
  const problemText = useProblemText();
  const { errors } = form.formState;
  return (
    <Card title={t("aboutPart")} bodyClassName="flex flex-col gap-4">
      <Field
        label={t("descriptionField.label")}
        optionalLabel={common("optional")}
        hint={t("descriptionField.hint")}
        error={problemText(errors.description)}
      >
        {(control) => <Textarea {...control} {...form.register("description")} />}
      </Field>
      <TagsEditor form={form} />
      <Field
        label={t("metadata.label")}
        optionalLabel={common("optional")}
        hint={t("metadata.hint")}
        error={problemText(errors.metadata)}
      >
        {(control) => (
          <Textarea
            {...control}
            {...form.register("metadata")}
            className="font-mono text-[13px]"
            spellCheck={false}
          />
        )}
      </Field>
    </Card>
  );
}
