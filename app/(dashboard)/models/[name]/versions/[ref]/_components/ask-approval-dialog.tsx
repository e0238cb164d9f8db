"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { modelApi } from "#components/api/paths.ts";
import { request } from "#components/api/request.ts";
import { useChange } from "#components/api/use-change.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { FormActions } from "#components/ui/form-actions.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import { RiskAcceptance } from "#components/versions/risk-acceptance.tsx";
import { readAcceptance } from "#components/versions/use-acceptance.ts";
import type { PossibleMoveWire } from "#lib/models/protection/schema.ts";
import type { VersionFacts } from "#lib/models/schema.ts";
import { useMoveName } from "./use-move-name.ts";

/** Asks others to approve the move; the comment is shown to them and kept in the audit log. */
export function AskApprovalDialog({
  version,
  move,
}: {
  version: VersionFacts;
  move: PossibleMoveWire;
}) {
  const t = useTranslations("version.protected.ask");
  const common = useTranslations("common");
  const name = useMoveName();
  const [isOpen, setOpen] = useState(false);
  const { run, isBusy, error, setError } = useChange();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const body = {
      version: version.version,
      kind: move.kind,
      target: move.target,
      ...readAcceptance(new FormData(event.currentTarget)),
    };
    const ask = () => request(`${modelApi(version.model)}/move-requests`, { method: "POST", body });
    if (await run(ask, { title: t("done", { move: name(move) }) })) setOpen(false);
  };
  return (
    <Dialog
      title={t("title", { move: name(move), version: version.version })}
      description={t("text", { count: move.approvals })}
      open={isOpen}
      onOpenChange={(next) => {
        setError(null);
        setOpen(next);
      }}
      trigger={
        <Button size="sm" aria-label={t("name", { move: name(move) })}>
          {t("open")}
        </Button>
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        {version.scan.verdict === "clean" ? (
          <Field label={t("comment")} optionalLabel={common("optional")}>
            {(control) => <Textarea {...control} name="comment" maxLength={2000} />}
          </Field>
        ) : (
          <RiskAcceptance version={version} />
        )}
        <FormError>{error}</FormError>
        <FormActions label={t("open")} isBusy={isBusy} />
      </form>
    </Dialog>
  );
}
