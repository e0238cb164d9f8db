"use client";

import { Search } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { blobHref, parseDigest } from "#components/storage/paths.ts";
import { Button } from "#components/ui/button.tsx";
import { Card } from "#components/ui/card.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";

/** A field that leads, for any digest, to the reasons why its bytes are kept. */
export function BlobLookup() {
  const t = useTranslations("storage.lookup");
  const router = useRouter();
  const [error, setError] = useState<string | null>(null);
  const find = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const input = event.currentTarget.elements.namedItem("digest") as HTMLInputElement;
    const digest = parseDigest(input.value);
    setError(digest === null ? t("invalid") : null);
    if (digest === null) input.focus();
    else router.push(blobHref(digest));
  };
  return (
    <Card title={t("title")}>
      <form noValidate onSubmit={find} className="flex flex-wrap items-start gap-2">
        <Field
          label={t("label")}
          hint={t("hint")}
          error={error}
          className="min-w-0 flex-1 basis-72"
        >
          {(control) => (
            <Input
              {...control}
              name="digest"
              className="font-mono text-[13px]"
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              placeholder="sha256:…"
            />
          )}
        </Field>
        <Button type="submit" className="sm:mt-[1.625rem]">
          <Search aria-hidden className="size-4" />
          {t("find")}
        </Button>
      </form>
    </Card>
  );
}
