"use client";

import { Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { request } from "#components/api/request.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { AlertDialog } from "#components/ui/alert-dialog.tsx";
import { Button } from "#components/ui/button.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { useToast } from "#components/ui/toast.tsx";

type Texts = {
  open: string;
  title: string;
  text: string;
  confirm: string;
  done: string;
  restored: string;
  aliases: string;
  production: string;
  typeName: string;
  wrongName: string;
};

/** Moves something to the trash after saying what that breaks; the toast can restore it. */
export function TrashButton(props: {
  /** Whoever trashes a model or version in production must type this name. */
  name: string;
  texts: Texts;
  /** Path in the REST API; POST to `/restore` below it undoes the deletion. */
  api: string;
  /** The page of the model or version, and the page to show when it is gone. */
  href: string;
  parentHref: string;
  hasAliases: boolean;
  isInProduction: boolean;
}) {
  const { name, texts } = props;
  const common = useTranslations("common");
  const router = useRouter();
  const toast = useToast();
  const errorText = useErrorText();
  const [typed, setTyped] = useState("");
  const [isWrong, setWrong] = useState(false);

  const goTo = (href: string) => {
    router.push(href);
    router.refresh();
  };
  const undo = async () => {
    try {
      await request(`${props.api}/restore`, { method: "POST" });
      toast.success({ title: texts.restored });
      goTo(props.href);
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
      await request(props.api, { method: "DELETE" });
    } catch (error) {
      toast.error({ title: errorText(error) });
      throw error;
    }
    toast.success({
      title: texts.done,
      action: { label: common("undo"), onClick: () => void undo() },
    });
    goTo(props.parentHref);
  };
  return (
    <AlertDialog
      title={<Unbroken>{texts.title}</Unbroken>}
      description={texts.text}
      confirmLabel={texts.confirm}
      isDanger
      onConfirm={trash}
      onOpenChange={() => {
        setTyped("");
        setWrong(false);
      }}
      trigger={
        <Button aria-label={texts.open} title={texts.open} variant="ghost" size="icon">
          <Trash2 aria-hidden className="size-4" />
        </Button>
      }
    >
      {props.hasAliases && (
        <p className="mt-3">
          <Unbroken>{texts.aliases}</Unbroken>
        </p>
      )}
      {props.isInProduction && (
        <div className="mt-3 flex flex-col gap-3">
          <p className="rounded-md bg-danger-soft px-3 py-2 text-danger">{texts.production}</p>
          <Field
            label={<Unbroken>{texts.typeName}</Unbroken>}
            error={isWrong ? texts.wrongName : null}
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

/** A name without a space must not be wider than the dialog. */
function Unbroken({ children }: { children: ReactNode }) {
  return <span className="[overflow-wrap:anywhere]">{children}</span>;
}

/** More names are a wall of text; the number says enough. */
const ALIASES_NAMED = 10;

/** `@a, @b, +290`, of `total` aliases. */
export function listAliases(aliases: readonly string[], total = aliases.length): string {
  const named = aliases.slice(0, ALIASES_NAMED).map((alias) => `@${alias}`);
  return [...named, ...(total > named.length ? [`+${total - named.length}`] : [])].join(", ");
}
