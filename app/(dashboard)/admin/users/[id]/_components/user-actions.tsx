import { useTranslations } from "next-intl";
import { ConfirmButton } from "#components/accounts/confirm-button.tsx";
import type { AccountWire, RightsWire } from "#lib/accounts/schema.ts";
import { DisableButton } from "../../../_components/disable-button.tsx";
import { EditAccountDialog } from "../../../_components/edit-account-dialog.tsx";
import { RoleDialog } from "../../../_components/role-dialog.tsx";
import { HandOverDialog } from "./hand-over-dialog.tsx";
import { ResetLinkDialog } from "./reset-link-dialog.tsx";

/** What an administrator does with a user; not with himself what would lock him out. */
export function UserActions(props: { user: AccountWire; rights: RightsWire; isSelf: boolean }) {
  const { user, rights, isSelf } = props;
  const t = useTranslations("admin.users");
  return (
    <>
      <EditAccountDialog account={user} />
      <RoleDialog account={user} rights={rights} />
      <ResetLinkDialog user={user} />
      <HandOverDialog user={user} />
      <DisableButton account={user} isSelf={isSelf} />
      <ConfirmButton
        label={t("remove")}
        title={t("removeTitle", { name: user.name })}
        text={t("removeText", { name: user.name })}
        done={t("removed", { name: user.name })}
        path={`/users/${user.id}`}
        size="md"
        isDanger
        disabled={isSelf}
      />
    </>
  );
}
