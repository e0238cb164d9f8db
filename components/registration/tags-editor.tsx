"use client";

import { Plus, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useId, useRef } from "react";
import { type UseFormReturn, useFieldArray } from "react-hook-form";
import { Button } from "#components/ui/button.tsx";
import { Input } from "#components/ui/input.tsx";
import { TAGS_MAX_COUNT } from "#lib/models/request-schema.ts";
import type { FormValues } from "./form-values.ts";
import { useProblemText } from "./use-problem-text.ts";

/** One row for each tag; a new row takes the focus, and a removed one gives it to "Add". */
export function TagsEditor({ form }: { form: UseFormReturn<FormValues> }) {
  const t = useTranslations("register.tags");
  const common = useTranslations("common");
  const problemText = useProblemText();
  const { fields, append, remove } = useFieldArray({ control: form.control, name: "tags" });
  const addButton = useRef<HTMLButtonElement>(null);
  const id = useId();
  return (
    <fieldset className="flex min-w-0 flex-col gap-2" aria-describedby={`${id}-hint`}>
      <legend className="mb-1 font-medium">
        {t("heading")}
        <span className="ml-1.5 font-normal text-muted text-xs">{common("optional")}</span>
      </legend>
      {fields.map((row, index) => {
        const error = problemText(form.formState.errors.tags?.[index]?.key);
        return (
          <div key={row.id}>
            <div className="flex items-center gap-2">
              <Input
                {...form.register(`tags.${index}.key`)}
                aria-label={t("key", { number: index + 1 })}
                aria-invalid={error ? true : undefined}
                aria-describedby={error ? `${id}-${index}` : undefined}
                placeholder={t("keyPlaceholder")}
                maxLength={128}
              />
              <Input
                {...form.register(`tags.${index}.value`)}
                aria-label={t("value", { number: index + 1 })}
                placeholder={t("valuePlaceholder")}
                maxLength={1024}
              />
              <Button
                variant="ghost"
                size="icon"
                aria-label={t("remove", { number: index + 1 })}
                onClick={() => {
                  remove(index);
                  addButton.current?.focus();
                }}
              >
                <X aria-hidden className="size-4" />
              </Button>
            </div>
            {error && (
              <p id={`${id}-${index}`} role="alert" className="mt-1 text-danger text-xs">
                {error}
              </p>
            )}
          </div>
        );
      })}
      <Button
        ref={addButton}
        size="sm"
        className="self-start"
        disabled={fields.length >= TAGS_MAX_COUNT}
        onClick={() => append({ key: "", value: "" })}
      >
        <Plus aria-hidden className="size-4" />
        {t("add")}
      </Button>
      <p id={`${id}-hint`} className="text-muted text-xs">
        {t("hint")}
      </p>
    </fieldset>
  );
}
