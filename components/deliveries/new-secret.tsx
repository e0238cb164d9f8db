import { useTranslations } from "next-intl";
import { buttonStyle } from "#components/ui/button-style.ts";
import { CodeBlock } from "#components/ui/code-block.tsx";
import { DialogClose } from "#components/ui/dialog.tsx";

/** A secret, this one time. */
export function NewSecret({ secret }: { secret: string }) {
  const t = useTranslations("deliveries");
  return (
    <div className="flex flex-col gap-3">
      <CodeBlock code={secret} label={t("secret")} copyLabel={t("copySecret")} />
      <div className="flex justify-end">
        <DialogClose className={buttonStyle("primary")}>{t("kept")}</DialogClose>
      </div>
    </div>
  );
}
