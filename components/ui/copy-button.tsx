"use client";

import { Check, Copy } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { buttonStyle } from "./button-style.ts";
import { copyText } from "./copy-text.ts";

const FEEDBACK_MS = 2000;

/** Copies `value`; `label` says what is copied ("Copy digest") and is visible with `showLabel`. */
export function CopyButton(props: {
  value: string;
  label: string;
  showLabel?: boolean;
  className?: string;
}) {
  const t = useTranslations("common");
  const [result, setResult] = useState<"copied" | "copyFailed" | null>(null);
  useEffect(() => {
    if (!result) return;
    const timer = setTimeout(() => setResult(null), FEEDBACK_MS);
    return () => clearTimeout(timer);
  }, [result]);
  const Icon = result === "copied" ? Check : Copy;
  return (
    <button
      type="button"
      title={result ? t(result) : props.label}
      aria-label={props.showLabel ? undefined : props.label}
      className={buttonStyle(
        props.showLabel ? "secondary" : "ghost",
        props.showLabel ? "sm" : "icon",
        props.className ?? (props.showLabel ? undefined : "size-target"),
      )}
      onClick={async () => setResult((await copyText(props.value)) ? "copied" : "copyFailed")}
    >
      <Icon aria-hidden className="size-3.5" />
      {props.showLabel && (result ? t(result) : props.label)}
      <span role="status" className="sr-only">
        {result ? t(result) : ""}
      </span>
    </button>
  );
}
