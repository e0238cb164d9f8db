import { useTranslations } from "next-intl";
import { buttonStyle } from "#components/ui/button-style.ts";
import { CodeBlock } from "#components/ui/code-block.tsx";
import { DialogClose } from "#components/ui/dialog.tsx";
import type { CreatedToken } from "./token-form.tsx";

/** The token itself and lines for a shell, this one time. */
export function NewToken({ token }: { token: CreatedToken }) {
  const t = useTranslations("accounts.tokens");
  return (
    <div className="flex flex-col gap-3">
      <h3 className="font-medium">{t("token")}</h3>
      <CodeBlock code={token.token} label={t("token")} copyLabel={t("copyToken")} />
      <h3 className="font-medium">{t("environment")}</h3>
      <CodeBlock
        code={token.environment.trimEnd()}
        label={t("environment")}
        copyLabel={t("copyEnvironment")}
      />
      <div className="flex justify-end">
        <DialogClose className={buttonStyle("primary")}>{t("kept")}</DialogClose>
      </div>
    </div>
  );
}
