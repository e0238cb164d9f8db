"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { versionApi } from "#components/api/paths.ts";
import { request } from "#components/api/request.ts";
import { useChange } from "#components/api/use-change.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { FormActions } from "#components/ui/form-actions.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import { Select } from "#components/ui/select.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import { RiskAcceptance } from "#components/versions/risk-acceptance.tsx";
import { readAcceptance } from "#components/versions/use-acceptance.ts";
import type { VersionFacts } from "#lib/models/schema.ts";
import { stageSchema } from "#lib/wire/words.ts";

/** Moves the version to a stage; the comment goes into the audit log. */
export function StageDialog({ version }: { version: VersionFacts }) {
  const t = useTranslations("version.stage");
  const common = useTranslations("common");
  const [isOpen, setOpen] = useState(false);
  const [stage, setStage] = useState(version.stage);
  const isAsked =
    version.scan.verdict !== "clean" &&
    stage !== version.stage &&
    (stage === "staging" || stage === "production");
  const { run, isBusy, error, setError } = useChange();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const body = { stage, ...readAcceptance(new FormData(event.currentTarget)) };
    const change = () =>
      request(`${versionApi(version.model, version.version)}/stage`, { method: "POST", body });
    const done = {
      title: t("done", { version: version.version, stage: common(`stage.${stage}`) }),
    };
    if (await run(change, done)) setOpen(false);
  };
  return (
    <Dialog
      title={t("title", { version: version.version })}
      description={t("text")}
      open={isOpen}
      onOpenChange={(next) => {
        setError(null);
        setStage(version.stage);
        setOpen(next);
      }}
      trigger={<Button>{t("open")}</Button>}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field label={t("label")}>
          {(control) => (
            <Select
              {...control}
              value={stage}
              onChange={(event) => setStage(stageSchema.parse(event.target.value))}
            >
              {stageSchema.options.map((option) => (
                <option key={option} value={option}>
                  {common(`stage.${option}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {isAsked ? (
          <RiskAcceptance version={version} />
        ) : (
          <Field label={t("comment")} optionalLabel={common("optional")} hint={t("commentHint")}>
            {(control) => <Textarea {...control} name="comment" maxLength={2000} />}
          </Field>
        )}
        <FormError>{error}</FormError>
        <FormActions label={t("open")} isBusy={isBusy} />
      </form>
    </Dialog>
  );
}
