"use client";

import { Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { request } from "@/components/api/request.ts";
import { useErrorText } from "@/components/api/use-error-text.ts";
import { AlertDialog } from "@/components/ui/alert-dialog";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useToast } from "@/components/ui/toast";
import { modelHref, versionApi, versionHref } from "@/components/versions/paths.ts";
import type { Stage } from "@/lib/models/schema.ts";

/** Moves a version to the trash after saying what that breaks; the toast can restore it. */
export function TrashVersionButton(props: {
  model: string;
  version: string;
  aliases: readonly string[];
  stage: Stage;
}) {
  const { model, version } = props;
  const t = useTranslations("version.trash");
  const common = useTranslations("common");
  const router = useRouter();
  const toast = useToast();
  const errorText = useErrorText();
  const [typed, setTyped] = useState("");
  const [isWrong, setWrong] = useState(false);
  const isInProduction = props.stage === "production";

  const undo = async () => {
    try {
      await request(`${versionApi(model, version)}/restore`, { method: "POST" });
      toast.success({ title: t("restored", { version }) });
      router.push(versionHref(model, version));
      router.refresh();
    } catch (error) {
      toast.error({ title: errorText(error) });
    }
  };
  const trash = async () => {
    if (isInProduction && typed.trim() !== version) {
      setWrong(true);
      throw new Error("the version was not typed");
    }
    try {
      await request(versionApi(model, version), { method: "DELETE" });
    } catch (error) {
      toast.error({ title: errorText(error) });
      throw error;
    }
    toast.success({
      title: t("done", { version }),
      action: { label: common("undo"), onClick: () => void undo() },
    });
    router.push(modelHref(model));
    router.refresh();
  };
  return (
    <AlertDialog
      title={<span className="[overflow-wrap:anywhere]">{t("title", { model, version })}</span>}
      description={t("text")}
      confirmLabel={t("confirm")}
      isDanger
      onConfirm={trash}
      onOpenChange={() => {
        setTyped("");
        setWrong(false);
      }}
      trigger={
        <Button aria-label={t("open")} title={t("open")} variant="ghost" size="icon">
          <Trash2 aria-hidden className="size-4" />
        </Button>
      }
    >
      {props.aliases.length > 0 && (
        <p className="mt-3 [overflow-wrap:anywhere]">
          {t("aliases", { aliases: props.aliases.map((alias) => `@${alias}`).join(", ") })}
        </p>
      )}
      {isInProduction && (
        <div className="mt-3 flex flex-col gap-3">
          <p className="rounded-md bg-danger-soft px-3 py-2 text-danger">{t("production")}</p>
          <Field label={t("typeVersion", { version })} error={isWrong ? t("wrongVersion") : null}>
            {(control) => (
              <Input
                {...control}
                value={typed}
                onChange={(event) => setTyped(event.target.value)}
                autoComplete="off"
                spellCheck={false}
              />
            )}
          </Field>
        </div>
      )}
    </AlertDialog>
  );
}
