"use client";

import { Languages } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { useTransition } from "react";
import { Button } from "#components/ui/button.tsx";
import { Menu, MenuChoice } from "#components/ui/menu.tsx";

// A language's name is written in that language, so that its readers find it.
const NAMES = [
  { value: "en", label: <span lang="en">English</span> },
  { value: "pt-BR", label: <span lang="pt-BR">Português (Brasil)</span> },
] as const;

export type SetLocale = (locale: string) => Promise<void>;

/** `setLocale` is a server action: it keeps the choice in a cookie and renders the page again. */
export function LanguageSwitch({ setLocale }: { setLocale: SetLocale }) {
  const t = useTranslations("nav");
  const locale = useLocale();
  const [isPending, startTransition] = useTransition();
  return (
    <Menu
      trigger={
        <Button variant="ghost" size="icon" aria-label={t("language")} aria-busy={isPending}>
          <Languages aria-hidden className="size-4" />
        </Button>
      }
    >
      <MenuChoice
        value={locale}
        options={NAMES}
        onValueChange={(next) => startTransition(() => setLocale(next))}
      />
    </Menu>
  );
}
