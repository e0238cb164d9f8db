"use client";

import { CloudAlert } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { startTransition } from "react";
import { Button } from "#components/ui/button.tsx";
import { buttonStyle } from "#components/ui/button-style.ts";
import { EmptyState } from "#components/ui/empty-state.tsx";

/** Shown when a page could not be rendered; offers another try. */
export function PageError(props: { error: Error & { digest?: string }; reset: () => void }) {
  const t = useTranslations();
  const router = useRouter();
  // `reset` alone would render the same failed data again, so the server is asked first.
  const retry = () =>
    startTransition(() => {
      router.refresh();
      props.reset();
    });
  return (
    <div role="alert">
      <EmptyState
        heading="h1"
        icon={CloudAlert}
        title={t("errors.pageTitle")}
        description={t("errors.pageText")}
      >
        <Button variant="primary" onClick={retry}>
          {t("common.retry")}
        </Button>
        {/* Loaded anew: Next would keep what it has of a layout that failed too. */}
        <a href="/models" className={buttonStyle()}>
          {t("errors.toModels")}
        </a>
        {props.error.digest && (
          <p className="text-muted text-xs">
            {t("errors.reference", { digest: props.error.digest })}
          </p>
        )}
      </EmptyState>
    </div>
  );
}
