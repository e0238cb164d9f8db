"use client";

import { Plus } from "lucide-react";
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
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import { type GrantWire, levelSchema } from "#lib/accounts/schema.ts";

/** Grants the model to a user or a group, or changes the level of a `grant`. */
export function GrantDialog({ model, grant }: { model: string; grant?: GrantWire }) {
  const t = useTranslations("model.access");
  const accounts = useTranslations("accounts");
  const [isOpen, setOpen] = useState(false);
  const { run, isBusy, error, setError } = useChange();
  const known = grant?.user?.name ?? grant?.group?.name;
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const who = known ?? String(form.get("who")).trim();
    const isGroup = grant ? grant.group !== null : form.get("kind") === "group";
    const level = form.get("level");
    const body = isGroup ? { group: who, level } : { user: who, level };
    const set = () => request(`${modelApi(model)}/grants`, { method: "PUT", body });
    if (await run(set, { title: t("granted", { who, model }) })) setOpen(false);
  };
  return (
    <Dialog
      title={known ? t("changeTitle", { who: known }) : t("addTitle", { model })}
      description={known ? undefined : t("addText")}
      open={isOpen}
      onOpenChange={(next) => {
        setError(null);
        setOpen(next);
      }}
      trigger={
        known ? (
          <Button size="sm" aria-label={t("changeOne", { who: known })}>
            {t("change")}
          </Button>
        ) : (
          <Button size="sm">
            <Plus aria-hidden className="size-3.5" />
            {t("add")}
          </Button>
        )
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        {!known && <WhoFields />}
        <Field label={t("level")}>
          {(control) => (
            <Select {...control} name="level" defaultValue={grant?.level ?? "read"}>
              {levelSchema.options.map((level) => (
                <option key={level} value={level}>
                  {accounts(`level.${level}`)} – {accounts(`levelText.${level}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <FormError>{error}</FormError>
        <FormActions label={known ? t("save") : t("add")} isBusy={isBusy} />
      </form>
    </Dialog>
  );
}

function WhoFields() {
  const t = useTranslations("model.access");
  return (
    <div className="grid gap-3 sm:grid-cols-[10rem_minmax(0,1fr)]">
      <Field label={t("kind")}>
        {(control) => (
          <Select {...control} name="kind" defaultValue="user">
            <option value="user">{t("user")}</option>
            <option value="group">{t("group")}</option>
          </Select>
        )}
      </Field>
      <Field label={t("name")}>
        {(control) => (
          <Input
            {...control}
            name="who"
            required
            maxLength={200}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
          />
        )}
      </Field>
    </div>
  );
}
