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
import { modelApi, modelHref } from "@/components/versions/paths.ts";

/** Moves a model to the trash after saying whom that affects; the toast can restore it. */
export function TrashModelButton(props: {
  name: string;
  versionCount: number;
  aliases: readonly string[];
  isInProduction: boolean;
}) {
  const { name } = props;
  const t = useTranslations("model.trash");
  const common = useTranslations("common");
  const router = useRouter();
  const toast = useToast();
  const errorText = useErrorText();
  const [typed, setTyped] = useState("");
  const [isWrong, setWrong] = useState(false);

  const undo = async () => {
    try {
      await request(`${modelApi(name)}/restore`, { method: "POST" });
      toast.success({ title: t("restored", { name }) });
      router.push(modelHref(name));
      router.refresh();
    } catch (error) {
      toast.error({ title: errorText(error) });
    }
  };
  const trash = async () => {
    if (props.isInProduction && typed.trim() !== name) {
      setWrong(true);
      throw new Error("the name was not typed");
    }
    try {
      await request(modelApi(name), { method: "DELETE" });
    } catch (error) {
      toast.error({ title: errorText(error) });
      throw error;
    }
    toast.success({
      title: t("done", { name }),
      action: { label: common("undo"), onClick: () => void undo() },
    });
    router.push("/models");
    router.refresh();
  };
  return (
    <AlertDialog
      title={<span className="[overflow-wrap:anywhere]">{t("title", { name })}</span>}
      description={t("text", { count: props.versionCount })}
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
      {props.isInProduction && (
        <div className="mt-3 flex flex-col gap-3">
          <p className="rounded-md bg-danger-soft px-3 py-2 text-danger">{t("production")}</p>
          <Field
            label={<span className="[overflow-wrap:anywhere]">{t("typeName", { name })}</span>}
            error={isWrong ? t("wrongName") : null}
          >
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
