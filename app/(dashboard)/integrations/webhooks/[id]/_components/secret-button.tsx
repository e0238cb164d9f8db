"use client";

import { KeyRound } from "lucide-react";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { request } from "#components/api/request.ts";
import { useChange } from "#components/api/use-change.ts";
import { NewSecret } from "#components/deliveries/new-secret.tsx";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { FormActions } from "#components/ui/form-actions.tsx";
import { FormError } from "#components/ui/form-error.tsx";

/** Makes a new secret, after asking, and shows it once. */
export function SecretButton({ id }: { id: string }) {
  const t = useTranslations("webhooks");
  const [isOpen, setOpen] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const { run, isBusy, error, setError } = useChange();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const rotate = async () => {
      const path = `/webhooks/${id}/secret`;
      setSecret((await request<{ secret: string }>(path, { method: "POST" })).secret);
    };
    await run(rotate, { title: t("saved") });
  };
  return (
    <Dialog
      title={t(secret === null ? "rotateTitle" : "secretTitle")}
      description={t(secret === null ? "rotateText" : "secretText")}
      open={isOpen}
      onOpenChange={(next) => {
        setError(null);
        setSecret(null);
        setOpen(next);
      }}
      trigger={
        <Button size="sm">
          <KeyRound aria-hidden className="size-3.5" />
          {t("rotate")}
        </Button>
      }
    >
      {secret === null ? (
        <form onSubmit={submit} className="flex flex-col gap-3">
          <FormError>{error}</FormError>
          <FormActions label={t("rotate")} isBusy={isBusy} />
        </form>
      ) : (
        <NewSecret secret={secret} />
      )}
    </Dialog>
  );
}
