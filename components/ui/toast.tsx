"use client";

import { Toast as Base } from "@base-ui/react/toast";
import { X } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { buttonStyle } from "./button-style.ts";
import { cn } from "./cn.ts";

/** Long enough to read and to reach the "Undo" button by keyboard (F6 jumps to the toasts). */
const TIMEOUT_MS = 8000;

export function ToastProvider({ children }: { children: ReactNode }) {
  const t = useTranslations("common");
  return (
    <Base.Provider timeout={TIMEOUT_MS}>
      {children}
      <Base.Portal>
        <Base.Viewport
          aria-label={t("notifications")}
          className="fixed right-4 bottom-20 z-50 flex w-[min(24rem,calc(100vw-2rem))] flex-col gap-2 md:bottom-4"
        >
          <Toasts />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}

function Toasts() {
  const t = useTranslations("common");
  const { toasts } = Base.useToastManager();
  return toasts.map((toast) => (
    <Base.Root
      key={toast.id}
      toast={toast}
      swipeDirection="right"
      className={cn(
        "rounded-lg border border-line bg-surface p-3 pr-10 shadow-lg data-[ending-style]:opacity-0",
        toast.type === "error" && "border-danger/50",
      )}
    >
      <Base.Content className="flex items-center gap-3">
        <div className="min-w-0 flex-1 break-words">
          <Base.Title className={cn("font-medium", toast.type === "error" && "text-danger")} />
          <Base.Description className="text-muted" />
        </div>
        <Base.Action className={buttonStyle("secondary", "sm")} />
      </Base.Content>
      <Base.Close
        aria-label={t("dismiss")}
        className={buttonStyle("ghost", "icon", "absolute top-2 right-2 size-7")}
      >
        <X aria-hidden className="size-4" />
      </Base.Close>
    </Base.Root>
  ));
}

export type ToastOptions = {
  title: string;
  description?: string;
  /** Such as "Undo". */
  action?: { label: string; onClick: () => void };
};

/** `success` and `error` show a message; errors are announced at once and stay until dismissed. */
export function useToast() {
  const manager = Base.useToastManager();
  const show = (type: "success" | "error", options: ToastOptions) => {
    const id = manager.add({
      type,
      title: options.title,
      description: options.description,
      priority: type === "error" ? "high" : "low",
      timeout: type === "error" ? 0 : TIMEOUT_MS,
      actionProps: options.action && {
        children: options.action.label,
        onClick: () => {
          manager.close(id);
          options.action?.onClick();
        },
      },
    });
  };
  return {
    success: (options: ToastOptions) => show("success", options),
    error: (options: ToastOptions) => show("error", options),
  };
}
