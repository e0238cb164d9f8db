import { useTranslations } from "next-intl";
import { ConfirmButton } from "#components/accounts/confirm-button.tsx";
import type { AccountWire } from "#lib/accounts/schema.ts";
import { accountApi } from "./account-api.ts";

/** Shuts an account out at once, or lets it in again. */
export function DisableButton({ account, isSelf }: { account: AccountWire; isSelf: boolean }) {
  const t = useTranslations("admin.disable");
  const { name, disabled } = account;
  return disabled ? (
    <ConfirmButton
      label={t("enable")}
      title={t("enableTitle", { name })}
      text={t("enableText")}
      done={t("enabled", { name })}
      path={accountApi(account)}
      method="PATCH"
      body={{ disabled: false }}
      size="md"
    />
  ) : (
    <ConfirmButton
      label={t("disable")}
      title={t("disableTitle", { name })}
      text={t("disableText")}
      done={t("disabled", { name })}
      path={accountApi(account)}
      method="PATCH"
      body={{ disabled: true }}
      size="md"
      isDanger
      disabled={isSelf}
    />
  );
}
