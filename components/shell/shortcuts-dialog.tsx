"use client";

import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { isPlainKey } from "./shortcuts.ts";

const SHORTCUTS = [
  { keys: ["Ctrl K", "⌘ K"], name: "palette" },
  { keys: ["/"], name: "search" },
  { keys: ["↑", "↓"], name: "move" },
  { keys: ["Enter"], name: "open" },
  { keys: ["F6"], name: "toasts" },
  { keys: ["Esc"], name: "escape" },
  { keys: ["?"], name: "help" },
] as const;

export function ShortcutsDialog() {
  const t = useTranslations("nav");
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isPlainKey(event, "?")) setOpen(true);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  return (
    <Dialog
      title={t("shortcuts")}
      open={isOpen}
      onOpenChange={setOpen}
      trigger={
        <Button
          variant="ghost"
          size="icon"
          aria-label={t("shortcuts")}
          title={`${t("shortcuts")} (?)`}
          className="font-semibold max-md:hidden"
        >
          ?
        </Button>
      }
    >
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-6 gap-y-2">
        {SHORTCUTS.map(({ keys, name }) => (
          <div key={name} className="contents">
            <dt className="flex gap-1">
              {keys.map((key) => (
                <kbd
                  key={key}
                  className="rounded border border-line bg-sunken px-1.5 font-sans text-xs leading-5"
                >
                  {key}
                </kbd>
              ))}
            </dt>
            <dd>{t(`keys.${name}`)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
