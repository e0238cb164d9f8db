"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import type { LinkWire } from "#lib/accounts/schema.ts";
import { NewAccountForm } from "../../_components/new-account-form.tsx";
import { OneTimeLink } from "../../_components/one-time-link.tsx";

/** Makes an account with its name, and shows the link by which its owner chooses a password. */
export function CreateUserDialog() {
  const t = useTranslations("admin.create");
  const [isOpen, setOpen] = useState(false);
  const [link, setLink] = useState<LinkWire | null>(null);
  return (
    <Dialog
      title={link ? t("madeTitle") : t("title")}
      description={link ? t("madeText") : t("text")}
      open={isOpen}
      onOpenChange={(next) => {
        setLink(null);
        setOpen(next);
      }}
      trigger={<Button>{t("open")}</Button>}
    >
      {link ? (
        <OneTimeLink link={link} />
      ) : (
        <NewAccountForm<{ link: LinkWire }>
          path="/users"
          hasEmail
          onMade={(made) => setLink(made.link)}
        />
      )}
    </Dialog>
  );
}
