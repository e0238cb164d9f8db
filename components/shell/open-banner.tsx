import { TriangleAlert, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { buttonStyle } from "#components/ui/button-style.ts";

/** Says that anybody on the network may do everything. `dismiss` is a server action: it works without JavaScript. */
export function OpenBanner({ dismiss }: { dismiss: () => Promise<void> }) {
  const t = useTranslations("nav");
  return (
    <section
      aria-label={t("openBannerLabel")}
      className="flex items-start gap-2.5 border-warn/30 border-b bg-warn-soft px-4 py-2 text-warn"
    >
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <p className="min-w-0 flex-1">{t("openBanner")}</p>
      <form action={dismiss}>
        <button
          type="submit"
          aria-label={t("openBannerDismiss")}
          title={t("openBannerDismiss")}
          className={buttonStyle("ghost", "icon", "size-target text-warn")}
        >
          <X aria-hidden className="size-4" />
        </button>
      </form>
    </section>
  );
}
