import { useLocale, useTranslations } from "next-intl";
import { buttonStyle } from "#components/ui/button-style.ts";
import { CodeBlock } from "#components/ui/code-block.tsx";
import { DialogClose } from "#components/ui/dialog.tsx";
import { formatExactTime } from "#components/ui/format-values.ts";
import type { LinkWire } from "#lib/accounts/schema.ts";

/** A link that is shown this one time; without a configured address it leads to where this page is. */
export function OneTimeLink({ link }: { link: LinkWire }) {
  const t = useTranslations("admin.link");
  const locale = useLocale();
  const url = new URL(link.url, window.location.origin).href;
  return (
    <div className="flex flex-col gap-3">
      <CodeBlock code={url} label={t("label")} copyLabel={t("copy")} />
      <p className="text-muted">
        {t("until", { time: formatExactTime(Date.parse(link.expires_at), locale) })}
      </p>
      <div className="flex justify-end">
        <DialogClose className={buttonStyle("primary")}>{t("done")}</DialogClose>
      </div>
    </div>
  );
}
