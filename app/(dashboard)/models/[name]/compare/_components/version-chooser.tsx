"use client";

import { ArrowLeftToLine, X } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { type FormEvent, useId, useRef } from "react";
import { compareHref, versionHref } from "#components/api/paths.ts";
import { Badge } from "#components/ui/badge.tsx";
import { Button } from "#components/ui/button.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { COMPARED_VERSIONS_MAX } from "#lib/models/request-schema.ts";

/** A version as the address names it, and where it leads if there is one. */
export type ShownChoice = { text: string; found: { model: string; version: string } | null };

type ChooserProps = {
  model: string;
  /** The base first; empty when there is none yet. */
  choices: readonly ShownChoice[];
  /** Versions of the model; others can be typed. */
  suggestions: readonly string[];
};

/** Which versions are compared: removes, adds, and makes another one the base. The address is all that it changes. */
export function VersionChooser({ model, choices, suggestions }: ChooserProps) {
  const t = useTranslations("compare");
  const router = useRouter();
  const listId = useId();
  const input = useRef<HTMLInputElement>(null);
  const go = (texts: readonly string[]) => {
    const [from = null, ...to] = texts;
    router.push(compareHref(model, from, to), { scroll: false });
  };
  const texts = choices.map(({ text }) => text);
  const add = (event: FormEvent) => {
    event.preventDefault();
    const text = input.current?.value.trim() ?? "";
    if (text === "" || input.current === null) return;
    input.current.value = "";
    go([...texts.filter((other) => other !== text), text]);
  };
  const unused = suggestions.filter((version) => !texts.includes(version));
  return (
    <div className="mb-4 flex min-w-0 flex-wrap items-end gap-x-6 gap-y-3 rounded-lg border border-line bg-surface p-4">
      {choices.length > 0 && (
        <ol aria-label={t("chosen")} className="flex min-w-0 flex-wrap gap-2">
          {choices.map(({ text, found }, at) => (
            <li
              key={text}
              className="flex min-h-9 min-w-0 max-w-full items-center gap-1.5 rounded-md border border-line px-2"
            >
              {at === 0 && <Badge tone="accent">{t("base")}</Badge>}
              {found === null ? (
                <span className="min-w-0 text-danger [overflow-wrap:anywhere]">{text}</span>
              ) : (
                <Link
                  href={versionHref(found.model, found.version)}
                  prefetch={false}
                  className="min-w-0 font-medium text-accent [overflow-wrap:anywhere] hover:underline"
                >
                  {text}
                </Link>
              )}
              {found !== null && !text.endsWith(found.version) && (
                <span className="text-muted text-xs">{found.version}</span>
              )}
              {/* Only versions of this model can be what the others are compared with. */}
              {at > 0 && found !== null && !text.includes("/") && (
                <button
                  type="button"
                  title={t("makeBase", { version: text })}
                  aria-label={t("makeBase", { version: text })}
                  className="inline-flex size-target items-center justify-center rounded text-muted hover:bg-sunken hover:text-ink"
                  onClick={() => go([text, ...texts.filter((other) => other !== text)])}
                >
                  <ArrowLeftToLine aria-hidden className="size-4" />
                </button>
              )}
              {(at > 0 || texts.slice(1).every((other) => !other.includes("/"))) && (
                <button
                  type="button"
                  title={t("remove", { version: text })}
                  aria-label={t("remove", { version: text })}
                  className="inline-flex size-target items-center justify-center rounded text-muted hover:bg-sunken hover:text-ink"
                  onClick={() => go(texts.filter((other) => other !== text))}
                >
                  <X aria-hidden className="size-4" />
                </button>
              )}
            </li>
          ))}
        </ol>
      )}
      {choices.length <= COMPARED_VERSIONS_MAX ? (
        <form onSubmit={add} className="flex min-w-0 flex-1 basis-72 flex-wrap items-end gap-2">
          <Field label={t("addLabel")} className="min-w-48 max-w-sm flex-1">
            {(control) => (
              <Input
                {...control}
                ref={input}
                name="version"
                list={listId}
                placeholder={t("addHint")}
                maxLength={385}
                autoComplete="off"
                spellCheck={false}
              />
            )}
          </Field>
          <datalist id={listId}>
            {unused.map((version) => (
              <option key={version} value={version} />
            ))}
          </datalist>
          <Button type="submit">{t("add")}</Button>
        </form>
      ) : (
        <p className="text-muted text-xs">{t("full", { count: COMPARED_VERSIONS_MAX + 1 })}</p>
      )}
    </div>
  );
}
