"use client";

import { Plus } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import type { AccountWire } from "#lib/accounts/schema.ts";
import { NewAccountForm } from "../../_components/new-account-form.tsx";

/** Makes an account for a program, and leads to its page, where its tokens are made. */
export function CreateServiceDialog() {
  const t = useTranslations("admin.services");
  const router = useRouter();
  const [isOpen, setOpen] = useState(false);
  return (
    <Dialog
      title={t("createTitle")}
      description={t("createText")}
      open={isOpen}
      onOpenChange={setOpen}
      trigger={
        <Button variant="primary">
          <Plus aria-hidden className="size-4" />
          {t("create")}
        </Button>
      }
    >
      <NewAccountForm<AccountWire>
        path="/service-accounts"
        onMade={({ id }) => router.push(`/admin/service-accounts/${id}`)}
      />
    </Dialog>
  );
}
