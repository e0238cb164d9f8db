"use client";

import { Check } from "lucide-react";
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
import { useKindName } from "./use-kind-name.ts";

export function AcknowledgeDialog({ alert }: { alert: AlertWire }) {
  const t = useTranslations("alerts.acknowledge");
  const common = useTranslations("common");
  const kindName = useKindName();
  const { run, isBusy, error, setError } = useChange();
  const [isOpen, setOpen] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const body = { comment: String(new FormData(event.currentTarget).get("comment") ?? "") };
    const send = () => request(`/alerts/${alert.id}/acknowledge`, { method: "POST", body });
    if (await run(send, { title: t("done") })) setOpen(false);
  };
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
          size="sm"
          aria-label={t("name", { kind: kindName(alert.kind), subject: alert.subject })}
        >
          <Check aria-hidden className="size-3.5" />
          {t("label")}
        </Button>
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field label={t("comment")} optionalLabel={common("optional")}>
          {(control) => (
            <Textarea
              {...control}
              name="comment"
              maxLength={COMMENT_MAX_LENGTH}
              defaultValue={alert.acknowledged?.comment ?? ""}
            />
          )}
        </Field>
        <FormError>{error}</FormError>
        <FormActions label={t("label")} isBusy={isBusy} />
      </form>
    </Dialog>
  );
}
