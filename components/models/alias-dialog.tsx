"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { aliasApi } from "#components/api/paths.ts";
import { request } from "#components/api/request.ts";
import { useChange } from "#components/api/use-change.ts";
import { Button } from "#components/ui/button.tsx";
import type { ButtonSize } from "#components/ui/button-style.ts";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { FormActions } from "#components/ui/form-actions.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import { Input } from "#components/ui/input.tsx";
import { RiskAcceptance } from "#components/versions/risk-acceptance.tsx";
import { readAcceptance, useAcceptance } from "#components/versions/use-acceptance.ts";
import { aliasNameSchema } from "#lib/wire/names.ts";

type AliasDialogProps = {
  model: string;
  /**
   * Label of the button that opens the dialog. Without one the dialog is open, and `onClose` is called when it
   * closes.
   */
  triggerLabel?: string;
  onClose?: () => void;
  triggerSize?: ButtonSize;
  /** The alias to move; without it the dialog asks for a name. */
  alias?: string;
  /** The version to propose. */
  version: string;
  /** Recent versions, as suggestions; any version or `latest` may be typed. */
  versions: readonly string[];
};

/** Points an alias at a version: a new one, or one that exists. */
export function AliasDialog(props: AliasDialogProps) {
  const t = useTranslations("model.aliases");
  const [isOpen, setOpenInside] = useState(props.triggerLabel === undefined);
  const setOpen = (next: boolean) => {
    setOpenInside(next);
    if (!next) props.onClose?.();
  };
  const [isNameWrong, setNameWrong] = useState(false);
  const { run, isBusy, error, setError } = useChange();
  const { refused, hear, forget } = useAcceptance(props.model);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const alias = props.alias ?? String(form.get("alias")).trim().replace(/^@/, "");
    const version = String(form.get("version")).trim();
    const isWrong = !aliasNameSchema.safeParse(alias).success;
    setNameWrong(isWrong);
    if (isWrong) return;
    const body = { version, ...readAcceptance(form) };
    const move = () => request(aliasApi(props.model, alias), { method: "PUT", body });
    const done = { title: t("moved", { alias, version }) };
    if (await run(move, done, (cause) => hear(version, cause))) setOpen(false);
  };
  const listId = `versions-of-${props.alias ?? "new-alias"}`;
  return (
    <Dialog
      title={props.alias ? t("moveTitle", { alias: props.alias }) : t("addTitle")}
      description={t("explain")}
      open={isOpen}
      onOpenChange={(next) => {
        setError(null);
        setNameWrong(false);
        forget();
        setOpen(next);
      }}
      trigger={
        props.triggerLabel === undefined ? undefined : (
          <Button size={props.triggerSize ?? "sm"} variant="ghost">
            {props.triggerLabel}
          </Button>
        )
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        {props.alias === undefined && (
          <Field label={t("name")} hint={t("nameHint")} error={isNameWrong ? t("nameWrong") : null}>
            {(control) => (
              <Input {...control} name="alias" required maxLength={65} autoComplete="off" />
            )}
          </Field>
        )}
        <Field label={t("version")}>
          {(control) => (
            <Input
              {...control}
              name="version"
              required
              maxLength={128}
              defaultValue={props.version}
              onChange={forget}
              list={listId}
              autoComplete="off"
            />
          )}
        </Field>
        <datalist id={listId}>
          {props.versions.map((version) => (
            <option key={version} value={version} />
          ))}
        </datalist>
        {refused && <RiskAcceptance version={refused} />}
        <FormError>{error}</FormError>
        <FormActions label={props.alias ? t("move") : t("add")} isBusy={isBusy} />
      </form>
    </Dialog>
  );
}
