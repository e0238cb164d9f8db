"use client";

import { Plus } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { ApiError, request } from "#components/api/request.ts";
import { useChange } from "#components/api/use-change.ts";
import { NewSecret } from "#components/deliveries/new-secret.tsx";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { FormActions } from "#components/ui/form-actions.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import type { ContactPointWire } from "#lib/notifications/schema.ts";
import { ContactFields } from "./contact-fields.tsx";
import { readContactForm } from "./read-contact-form.ts";
import { RoutingFields } from "./routing-fields.tsx";

/** Adds a contact point, and shows what signs its messages once; or changes one. */
export function ContactDialog({ point }: { point?: ContactPointWire }) {
  const t = useTranslations("alerts.contacts");
  const locale = useLocale();
  const [isOpen, setOpen] = useState(false);
  const [made, setMade] = useState<{ name: string; secret: string } | null>(null);
  const [fields, setFields] = useState<Record<string, string>>({});
  const { run, isBusy, error, setError } = useChange();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const body = readContactForm(new FormData(event.currentTarget), point);
    let secret: string | null = null;
    setFields({});
    const save = async () => {
      const path = point ? `/contact-points/${point.id}` : "/contact-points";
      const saved = await request<{ secret?: string | null }>(path, {
        method: point ? "PATCH" : "POST",
        body,
      });
      secret = saved.secret ?? null;
    };
    const explain = async (cause: unknown) => {
      if (cause instanceof ApiError) setFields(cause.fieldErrors);
      return false;
    };
    if (!(await run(save, { title: t("saved", { name: body.name }) }, explain))) return;
    if (secret === null) setOpen(false);
    else setMade({ name: body.name, secret });
  };
  const title = point ? t("editTitle", { name: point.name }) : t("addTitle");
  return (
    <Dialog
      title={made ? t("secretTitle", { name: made.name }) : title}
      description={made ? t("secretText") : undefined}
      open={isOpen}
      onOpenChange={(next) => {
        setError(null);
        setFields({});
        setMade(null);
        setOpen(next);
      }}
      trigger={
        point ? (
          <Button size="sm" aria-label={t("editOne", { name: point.name })}>
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
      {made ? (
        <NewSecret secret={made.secret} />
      ) : (
        <form onSubmit={submit} className="flex flex-col gap-3">
          <ContactFields point={point} errors={fields} />
          <RoutingFields point={point} language={locale} />
          <FormError>{error}</FormError>
          <FormActions label={point ? t("save") : t("add")} isBusy={isBusy} />
        </form>
      )}
    </Dialog>
  );
}
