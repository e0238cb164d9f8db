import Link from "next/link";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { AccountMenu, type SignedIn } from "#components/session/account-menu.tsx";
import { CommandPalette } from "./command-palette.tsx";
import { LanguageSwitch, type SetLocale } from "./language-switch.tsx";
import { NavLinks } from "./nav-links.tsx";
import { FollowAlerts } from "./open-alerts.tsx";
import { OpenBanner } from "./open-banner.tsx";
import type { PageAccess } from "./pages.ts";
import { ShortcutsDialog } from "./shortcuts-dialog.tsx";
import { ThemeSwitch } from "./theme-switch.tsx";

/** The frame of every page: a side bar on a desk; a top and a bottom bar on a phone. */
export function Shell(props: {
  children: ReactNode;
  /** Warn that the server listens beyond loopback while authentication is off. */
  showOpenBanner: boolean;
  dismissOpenBanner: () => Promise<void>;
  version: string;
  setLocale: SetLocale;
  /** null for anonymous. */
  user: SignedIn | null;
  access: PageAccess;
}) {
  const t = useTranslations("nav");
  const { access } = props;
  return (
    <div className="md:grid md:min-h-dvh md:grid-cols-[14rem_minmax(0,1fr)]">
      <a
        href="#content"
        className="fixed top-2 left-2 z-50 -translate-y-20 rounded-md bg-accent px-3 py-2 font-medium text-on-accent focus:translate-y-0"
      >
        {t("skip")}
      </a>
      {access.alerts && <FollowAlerts />}
      <header className="sticky top-0 z-30 flex h-14 items-center gap-2 border-line border-b bg-surface px-4 md:h-dvh md:flex-col md:items-stretch md:gap-4 md:border-r md:border-b-0 md:px-3 md:py-4">
        <Brand />
        <div className="ml-auto md:ml-0">
          <CommandPalette access={access} />
        </div>
        <nav aria-label={t("main")} className="max-md:hidden">
          <NavLinks layout="column" access={access} />
        </nav>
        <div className="flex items-center gap-1 md:mt-auto md:flex-wrap">
          {props.user && <AccountMenu user={props.user} />}
          <LanguageSwitch setLocale={props.setLocale} />
          <ThemeSwitch />
          <ShortcutsDialog />
          <span className="ml-auto truncate text-muted text-xs max-md:hidden">
            <span className="sr-only">{t("version", { version: props.version })}</span>
            <span aria-hidden>{props.version}</span>
          </span>
        </div>
      </header>
      <div className="min-w-0 max-md:pb-16">
        {props.showOpenBanner && <OpenBanner dismiss={props.dismissOpenBanner} />}
        <main
          id="content"
          tabIndex={-1}
          className="mx-auto w-full max-w-7xl px-4 py-5 outline-none md:px-6"
        >
          {props.children}
        </main>
      </div>
      <nav
        aria-label={t("main")}
        className="fixed inset-x-0 bottom-0 z-30 border-line border-t bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
      >
        <NavLinks layout="bar" access={access} />
      </nav>
    </div>
  );
}

function Brand() {
  const t = useTranslations("common");
  return (
    <Link
      href="/"
      className="flex min-w-0 items-center gap-2 rounded-md px-1 py-1 font-semibold tracking-tight"
    >
      <svg viewBox="0 0 32 32" aria-hidden="true" className="size-5 shrink-0 text-accent">
        <path
          fill="currentColor"
          d="M16 2 28 9v14l-12 7L4 23V9zm0 3.5L8.6 9.8 16 14l7.4-4.2zM7 12.4v8.9l7.5 4.4v-8.9zm18 0-7.5 4.4v8.9l7.5-4.4z"
        />
      </svg>
      <span className="truncate">{t("appName")}</span>
    </Link>
  );
}
