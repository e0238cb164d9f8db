"use client";

import { CircleUser } from "lucide-react";
import { signOut } from "next-auth/react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { Menu, MenuGroup, MenuItem, MenuLink } from "#components/ui/menu.tsx";

/** Who has signed in, and what of the administration is open to them. */
export type SignedIn = { name: string; isAdministrator: boolean; mayProtect: boolean };

/** The account's page, and signing out, which ends the session on the server too. */
export function AccountMenu({ user }: { user: SignedIn }) {
  const t = useTranslations("signIn");
  const nav = useTranslations("nav");
  const [isBusy, setIsBusy] = useState(false);
  async function leave() {
    setIsBusy(true);
    await signOut({ redirect: false }).catch(() => null);
    window.location.assign("/sign-in");
  }
  return (
    <Menu
      align="start"
      trigger={
        <Button
          variant="ghost"
          aria-label={nav("accountOf", { name: user.name })}
          isLoading={isBusy}
          className="h-8 min-w-0 max-md:w-8 max-md:px-0 md:w-full md:justify-start md:px-2.5"
        >
          <CircleUser aria-hidden className="size-4 shrink-0" />
          <span className="min-w-0 truncate max-md:hidden" title={user.name}>
            {user.name}
          </span>
        </Button>
      }
    >
      <MenuGroup label={t("signedInAs", { name: user.name })}>
        <MenuLink href="/account">{nav("account")}</MenuLink>
        {user.isAdministrator && <MenuLink href="/admin">{nav("admin")}</MenuLink>}
        {user.mayProtect && !user.isAdministrator && (
          <MenuLink href="/admin/protections">{nav("protections")}</MenuLink>
        )}
        <MenuItem onClick={leave}>{t("signOut")}</MenuItem>
      </MenuGroup>
    </Menu>
  );
}
