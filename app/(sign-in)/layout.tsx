import type { ReactNode } from "react";
import { setLocale } from "#app/(dashboard)/_actions/set-locale.ts";
import { LanguageSwitch } from "#components/shell/language-switch.tsx";
import { ThemeSwitch } from "#components/shell/theme-switch.tsx";

export const dynamic = "force-dynamic";

/** Pages for whoever has not signed in: nothing of the registry is on them. */
export default function SignInLayout({ children }: { children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex justify-end gap-1 p-3">
        <LanguageSwitch setLocale={setLocale} />
        <ThemeSwitch />
      </header>
      <main className="mx-auto flex w-full max-w-md flex-1 flex-col justify-center px-4 pb-24">
        {children}
      </main>
    </div>
  );
}
