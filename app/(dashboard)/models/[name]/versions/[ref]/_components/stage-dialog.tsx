"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { request } from "@/components/api/request.ts";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { Textarea } from "@/components/ui/textarea";
import { FormActions } from "@/components/versions/form-actions";
import { FormError } from "@/components/versions/form-error";
import { versionApi } from "@/components/versions/paths.ts";
import { useChange } from "@/components/versions/use-change.ts";
import { type Stage, stageSchema } from "@/lib/models/schema.ts";

/** Moves the version to a stage; the comment goes into the audit log. */
export function StageDialog(props: { model: string; version: string; stage: Stage }) {
  const t = useTranslations("version.stage");
  const common = useTranslations("common");
  const [isOpen, setOpen] = useState(false);
  const { run, isBusy, error, setError } = useChange();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const stage = stageSchema.parse(form.get("stage"));
    const comment = String(form.get("comment")).trim();
    const body = { stage, ...(comment ? { comment } : {}) };
    const change = () =>
      request(`${versionApi(props.model, props.version)}/stage`, { method: "POST", body });
    const done = { title: t("done", { version: props.version, stage: common(`stage.${stage}`) }) };
    if (await run(change, done)) setOpen(false);
  };
  return (
    <Dialog
      title={t("title", { version: props.version })}
      description={t("text")}
      open={isOpen}
      onOpenChange={(next) => {
        setError(null);
        setOpen(next);
      }}
      trigger={<Button>{t("open")}</Button>}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field label={t("label")}>
          {(control) => (
            <Select {...control} name="stage" defaultValue={props.stage}>
              {stageSchema.options.map((stage) => (
                <option key={stage} value={stage}>
                  {common(`stage.${stage}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label={t("comment")} optionalLabel={common("optional")} hint={t("commentHint")}>
          {(control) => <Textarea {...control} name="comment" maxLength={2000} />}
        </Field>
        <FormError>{error}</FormError>
        <FormActions label={t("open")} isBusy={isBusy} />
      </form>
    </Dialog>
  );
}
