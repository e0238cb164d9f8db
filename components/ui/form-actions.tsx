import { useTranslations } from "next-intl";
import { Button } from "./button.tsx";
import { buttonStyle } from "./button-style.ts";
import { DialogClose } from "./dialog.tsx";

/** The end of a dialog's form: cancel and the verb. */
export function FormActions({ label, isBusy }: { label: string; isBusy: boolean }) {
  const t = useTranslations("common");
  return (
    <div className="flex flex-wrap justify-end gap-2">
      <DialogClose className={buttonStyle("secondary")}>{t("cancel")}</DialogClose>
      <Button type="submit" variant="primary" isLoading={isBusy}>
        {label}
      </Button>
    </div>
  );
}
