"use client";

import { Monitor, Moon, Sun } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTheme } from "next-themes";
import { Button } from "#components/ui/button.tsx";
import { Menu, MenuChoice } from "#components/ui/menu.tsx";

type Theme = "light" | "dark" | "system";

export function ThemeSwitch() {
  const t = useTranslations("nav");
  const { theme, setTheme } = useTheme();
  const option = (value: Theme, Icon: typeof Sun, label: string) => ({
    value,
    label: (
      <>
        <Icon aria-hidden className="size-4 text-muted" />
        {label}
      </>
    ),
  });
  return (
    <Menu
      trigger={
        <Button variant="ghost" size="icon" aria-label={t("theme")}>
          {/* Both are rendered: the server does not know the theme, the class on <html> decides. */}
          <Sun aria-hidden className="size-4 dark:hidden" />
          <Moon aria-hidden className="hidden size-4 dark:block" />
        </Button>
      }
    >
      <MenuChoice<Theme>
        value={(theme as Theme | undefined) ?? "system"}
        onValueChange={setTheme}
        options={[
          option("light", Sun, t("themeLight")),
          option("dark", Moon, t("themeDark")),
          option("system", Monitor, t("themeSystem")),
        ]}
      />
    </Menu>
  );
}
