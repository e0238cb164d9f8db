"use client";

import { Plus } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { NewToken } from "./new-token.tsx";
import { type CreatedToken, TokenForm } from "./token-form.tsx";

/** Makes a token and shows it once. `path` is where it is made: `/tokens`, or those of a service account. */
export function TokenDialog({ path }: { path: string }) {
  const t = useTranslations("accounts.tokens");
  const router = useRouter();
  const [isOpen, setOpen] = useState(false);
  const [made, setMade] = useState<CreatedToken | null>(null);
  return (
    <Dialog
      title={made ? t("madeTitle", { name: made.name }) : t("makeTitle")}
      description={made ? t("madeText") : t("makeText")}
      open={isOpen}
      onOpenChange={(next) => {
        setOpen(next);
        setMade(null);
        if (!next && made) router.refresh();
      }}
      trigger={
        <Button size="sm">
          <Plus aria-hidden className="size-3.5" />
          {t("make")}
        </Button>
      }
    >
      {made ? <NewToken token={made} /> : <TokenForm path={path} onMade={setMade} />}
    </Dialog>
  );
}
