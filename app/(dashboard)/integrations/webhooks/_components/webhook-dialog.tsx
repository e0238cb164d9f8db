"use client";

import { Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { ApiError, request } from "#components/api/request.ts";
import { useChange } from "#components/api/use-change.ts";
import { NewSecret } from "#components/deliveries/new-secret.tsx";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { FormActions } from "#components/ui/form-actions.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import type { WebhookWire } from "#lib/webhooks/schema.ts";
import { WebhookFields } from "./webhook-fields.tsx";

/** Adds a webhook, and shows its secret once; or changes one. */
export function WebhookDialog({ webhook }: { webhook?: WebhookWire }) {
  const t = useTranslations("webhooks");
  const [isOpen, setOpen] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const [fields, setFields] = useState<Record<string, string>>({});
  const { run, isBusy, error, setError } = useChange();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const body = readForm(new FormData(event.currentTarget));
    let told: string | null = null;
    setFields({});
    const save = async () => {
      const path = webhook ? `/webhooks/${webhook.id}` : "/webhooks";
      const method = webhook ? "PATCH" : "POST";
      told = (await request<{ secret?: string }>(path, { method, body })).secret ?? null;
    };
    const explain = async (cause: unknown) => {
      if (cause instanceof ApiError) setFields(cause.fieldErrors);
      return false;
    };
    if (!(await run(save, { title: t("saved") }, explain))) return;
    if (told === null) setOpen(false);
    else setSecret(told);
  };
  return (
    <Dialog
      title={secret === null ? t(webhook ? "editTitle" : "addTitle") : t("secretTitle")}
      description={secret === null ? undefined : t("secretText")}
      open={isOpen}
      onOpenChange={(next) => {
        setError(null);
        setFields({});
        setSecret(null);
        setOpen(next);
      }}
      trigger={
        webhook ? (
          <Button size="sm" aria-label={t("editOne", { url: webhook.url })}>
            {t("edit")}
          </Button>
        ) : (
          <Button variant="primary">
            <Plus aria-hidden className="size-4" />
            {t("add")}
          </Button>
        )
      }
    >
      {secret === null ? (
        <form onSubmit={submit} className="flex flex-col gap-3">
          <WebhookFields webhook={webhook} errors={fields} />
          <FormError>{error}</FormError>
          <FormActions label={t(webhook ? "save" : "add")} isBusy={isBusy} />
        </form>
      ) : (
        <NewSecret secret={secret} />
      )}
    </Dialog>
  );
}

function readForm(form: FormData) {
  const text = (name: string) => String(form.get(name) ?? "").trim();
  return {
    url: text("url"),
    description: text("description"),
    models: text("models")
      .split(/[\s,]+/)
      .filter((pattern) => pattern !== ""),
    events: form.getAll("events"),
  };
}
