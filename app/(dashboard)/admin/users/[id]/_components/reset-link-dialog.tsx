"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { request } from "#components/api/request.ts";
import { useChange } from "#components/api/use-change.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { FormActions } from "#components/ui/form-actions.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import type { AccountWire, LinkWire } from "#lib/accounts/schema.ts";
import { OneTimeLink } from "../../../_components/one-time-link.tsx";

/** Makes a link by which the user chooses another password. */
export function ResetLinkDialog({ user }: { user: AccountWire }) {
  const t = useTranslations("admin.reset");
  const [isOpen, setOpen] = useState(false);
  const [link, setLink] = useState<LinkWire | null>(null);
  const { run, isBusy, error, setError } = useChange();
  const make = async () =>
    setLink(await request<LinkWire>(`/users/${user.id}/reset-link`, { method: "POST" }));
  return (
    <Dialog
      title={t("title", { name: user.name })}
      description={link ? t("madeText", { name: user.name }) : t("text")}
      open={isOpen}
      onOpenChange={(next) => {
        setError(null);
        setLink(null);
        setOpen(next);
      }}
      trigger={<Button>{t("open")}</Button>}
    >
      {link ? (
        <OneTimeLink link={link} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void run(make, { title: t("made") });
          }}
          className="flex flex-col gap-3"
        >
          <FormError>{error}</FormError>
          <FormActions label={t("make")} isBusy={isBusy} />
        </form>
      )}
    </Dialog>
  );
}
