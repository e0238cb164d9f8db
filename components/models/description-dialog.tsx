"use client";

import dynamic from "next/dynamic";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { request } from "#components/api/request.ts";
import { useChange } from "#components/api/use-change.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { FormActions } from "#components/ui/form-actions.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import { Tabs } from "#components/ui/tabs.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import { DESCRIPTION_MAX_LENGTH } from "#lib/wire/words.ts";

// The renderer is needed only when somebody edits.
const DescriptionPreview = dynamic(() => import("./description-preview.tsx"), {
  loading: () => <Skeleton className="h-24" />,
});

/** Edits a Markdown description, with a preview; `api` is the model's or version's REST path. */
export function DescriptionDialog(props: { api: string; value: string; triggerLabel: string }) {
  const t = useTranslations("model.description");
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useState(props.value);
  const { run, isBusy, error, setError } = useChange();
  const open = (next: boolean) => {
    if (next) {
      setText(props.value);
      setError(null);
    }
    setOpen(next);
  };
  const save = async () => {
    const change = () => request(props.api, { method: "PATCH", body: { description: text } });
    if (await run(change, { title: t("saved") })) setOpen(false);
  };
  const write = (
    <Field label={t("label")} hint={t("hint")}>
      {(control) => (
        <Textarea
          {...control}
          rows={14}
          className="font-mono text-[13px]"
          maxLength={DESCRIPTION_MAX_LENGTH}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      )}
    </Field>
  );
  const preview = (
    <div className="min-h-40 rounded-md border border-line p-4">
      {text.trim() === "" ? (
        <p className="text-muted">{t("nothing")}</p>
      ) : (
        <DescriptionPreview text={text} />
      )}
    </div>
  );
  return (
    <Dialog
      title={t("title")}
      trigger={
        <Button size="sm" variant="ghost">
          {props.triggerLabel}
        </Button>
      }
      open={isOpen}
      onOpenChange={open}
      className="max-w-3xl"
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Tabs
          label={t("title")}
          tabs={[
            { value: "write", label: t("write"), content: write },
            { value: "preview", label: t("preview"), content: preview },
          ]}
        />
        <FormError>{error}</FormError>
        <FormActions label={t("save")} isBusy={isBusy} />
      </form>
    </Dialog>
  );
}
