"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { request } from "#components/api/request.ts";
import { useChange } from "#components/api/use-change.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { FormActions } from "#components/ui/form-actions.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import type { MoveRequestWire } from "#lib/models/protection/schema.ts";

/** Approves or refuses somebody else's request; an approved move that could not be made says why. */
export function DecideDialog(props: {
  /** Of the request, below `/api/v1`. */
  api: string;
  decision: "approve" | "refuse";
  /** Such as "Alias prod". */
  move: string;
}) {
  const { decision, move } = props;
  const t = useTranslations("version.protected.decide");
  const common = useTranslations("common");
  const [isOpen, setOpen] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const { run, isBusy, error, setError } = useChange();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const comment = String(new FormData(event.currentTarget).get("comment") ?? "");
    let outcome: MoveRequestWire | null = null;
    const decide = async () => {
      const body = { decision, comment };
      outcome = await request<MoveRequestWire>(`${props.api}/decision`, { method: "POST", body });
    };
    const isDone = await run(decide, { title: t(`done.${decision}`, { move }) });
    if (!isDone) return;
    const { problem: why } = outcome as unknown as MoveRequestWire;
    setProblem(why);
    setOpen(why !== null);
  };
  return (
    <Dialog
      title={t(`title.${decision}`, { move })}
      description={t(`text.${decision}`)}
      open={isOpen}
      onOpenChange={(next) => {
        setError(null);
        setProblem(null);
        setOpen(next);
      }}
      trigger={
        <Button
          size="sm"
          variant={decision === "approve" ? "primary" : "secondary"}
          aria-label={t(`name.${decision}`, { move })}
        >
          {t(`open.${decision}`)}
        </Button>
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field label={t("comment")} optionalLabel={common("optional")}>
          {(control) => <Textarea {...control} name="comment" maxLength={2000} />}
        </Field>
        <FormError>{error ?? (problem && t("notMade", { reason: problem }))}</FormError>
        <FormActions label={t(`open.${decision}`)} isBusy={isBusy} />
      </form>
    </Dialog>
  );
}
