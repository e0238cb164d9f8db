"use client";

import { BellOff } from "lucide-react";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { request } from "#components/api/request.ts";
import { useChange } from "#components/api/use-change.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { FormActions } from "#components/ui/form-actions.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import { type AlertWire, COMMENT_MAX_LENGTH } from "#lib/alerts/schema.ts";
import { SILENCE_MS, SilenceFields } from "./silence-fields.tsx";
import { useKindName } from "./use-kind-name.ts";

/** A silence of the kind and subject of an alert, or of what is chosen. */
export function SilenceDialog({ alert }: { alert?: Pick<AlertWire, "kind" | "subject"> }) {
  const t = useTranslations("alerts.silence");
  const common = useTranslations("common");
  const kindName = useKindName();
  const { run, isBusy, error, setError } = useChange();
  const [isOpen, setOpen] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "");
    const duration = SILENCE_MS[text("duration") as keyof typeof SILENCE_MS];
    const body = {
      kind: text("kind") || null,
      subject: text("subject"),
      comment: text("comment"),
      ends_at: new Date(Date.now() + duration).toISOString(),
    };
    const send = () => request("/silences", { method: "POST", body });
    if (await run(send, { title: t("done") })) setOpen(false);
  };
  const name = alert && t("name", { kind: kindName(alert.kind), subject: alert.subject });
  return (
    <Dialog
      title={t("title")}
      description={t("text")}
      open={isOpen}
      onOpenChange={(next) => {
        setError(null);
        setOpen(next);
      }}
      trigger={
        <Button
          size={alert ? "sm" : "md"}
          variant={alert ? "secondary" : "primary"}
          aria-label={name}
        >
          <BellOff aria-hidden className="size-3.5" />
          {t(alert ? "label" : "add")}
        </Button>
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <SilenceFields alert={alert} />
        <Field label={t("comment")} optionalLabel={common("optional")}>
          {(control) => (
            <Textarea
              {...control}
              name="comment"
              maxLength={COMMENT_MAX_LENGTH}
              className="min-h-16"
            />
          )}
        </Field>
        <FormError>{error}</FormError>
        <FormActions label={t("label")} isBusy={isBusy} />
      </form>
    </Dialog>
  );
}
