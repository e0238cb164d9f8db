"use client";

import { Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { request } from "#components/api/request.ts";
import { useChange } from "#components/api/use-change.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { FormActions } from "#components/ui/form-actions.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import type { ProtectionWire } from "#lib/models/protection/schema.ts";
import { MoveFields } from "./move-fields.tsx";
import { RequirementFields } from "./requirement-fields.tsx";

/** Protects an alias or a stage, or changes what a `protection` requires. */
export function ProtectionDialog({ protection }: { protection?: ProtectionWire }) {
  const t = useTranslations("admin.protections");
  const [isOpen, setOpen] = useState(false);
  const { run, isBusy, error, setError } = useChange();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    const body = {
      pattern: protection?.pattern ?? text("pattern"),
      kind: protection?.kind ?? text("kind"),
      target: protection?.target ?? text("target"),
      require_clean: form.has("require_clean"),
      require_same_tensors: form.has("require_same_tensors"),
      rule: text("rule"),
      approvals: Number(text("approvals")),
    };
    const set = () => request("/protections", { method: "POST", body });
    if (await run(set, { title: t("saved") })) setOpen(false);
  };
  const move = protection && t(`kinds.${protection.kind}`, { target: protection.target });
  return (
    <Dialog
      title={
        protection
          ? t("editTitle", { move: move ?? "", pattern: protection.pattern })
          : t("addTitle")
      }
      open={isOpen}
      onOpenChange={(next) => {
        setError(null);
        setOpen(next);
      }}
      trigger={
        protection ? (
          <Button
            size="sm"
            aria-label={t("editOne", { move: move ?? "", pattern: protection.pattern })}
          >
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
        {!protection && <MoveFields />}
        <RequirementFields protection={protection} />
        <FormError>{error}</FormError>
        <FormActions label={protection ? t("save") : t("add")} isBusy={isBusy} />
      </form>
    </Dialog>
  );
}
