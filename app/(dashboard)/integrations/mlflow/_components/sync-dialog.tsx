"use client";

import { Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { ApiError, request } from "#components/api/request.ts";
import { useChange } from "#components/api/use-change.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { FormActions } from "#components/ui/form-actions.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import type { SyncWire } from "#lib/mlflow-sync/schema.ts";
import { CredentialFields } from "./credential-fields.tsx";
import { SyncFields } from "./sync-fields.tsx";

/** Adds a rule, or changes one. */
export function SyncDialog({ sync }: { sync?: SyncWire }) {
  const t = useTranslations("mlflowSync");
  const [isOpen, setOpen] = useState(false);
  const [fields, setFields] = useState<Record<string, string>>({});
  const { run, isBusy, error, setError } = useChange();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const body = readForm(new FormData(event.currentTarget));
    setFields({});
    const path = sync ? `/integrations/mlflow/${sync.id}` : "/integrations/mlflow";
    const save = () => request(path, { method: sync ? "PATCH" : "POST", body });
    const explain = async (cause: unknown) => {
      if (cause instanceof ApiError) setFields(cause.fieldErrors);
      return false;
    };
    if (await run(save, { title: t("saved") }, explain)) setOpen(false);
  };
  return (
    <Dialog
      title={t(sync ? "editTitle" : "addTitle")}
      open={isOpen}
      onOpenChange={(next) => {
        setError(null);
        setFields({});
        setOpen(next);
      }}
      trigger={
        sync ? (
          <Button size="sm" aria-label={t("editOne", { name: sync.name })}>
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
      <form onSubmit={submit} className="flex flex-col gap-3">
        <SyncFields sync={sync} errors={fields} />
        <CredentialFields sync={sync} />
        <FormError>{error}</FormError>
        <FormActions label={t(sync ? "save" : "add")} isBusy={isBusy} />
      </form>
    </Dialog>
  );
}

/** A secret that is left empty stays as it is. */
function readForm(form: FormData) {
  const text = (name: string) => String(form.get(name) ?? "").trim();
  const secret = text("secret");
  return {
    name: text("name"),
    tracking_uri: text("tracking_uri"),
    models: text("models"),
    direction: text("direction"),
    policy: text("policy"),
    schedule: text("schedule") || null,
    deletions: form.has("deletions"),
    ...(form.has("forget_secret")
      ? { username: null, secret: null }
      : { username: text("username") || null, ...(secret === "" ? {} : { secret }) }),
  };
}
