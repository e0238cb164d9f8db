"use client";

import { useTranslations } from "next-intl";
import { CodeBlock } from "@/components/ui/code-block";
import { curlSnippets } from "@/components/versions/curl-snippets.ts";
import type { UsableVersion } from "@/components/versions/usable-version.ts";

/** Shown in an open dialog only, so the browser's own address of this server is known. */
export function CurlPanel(props: {
  target: UsableVersion;
  file: UsableVersion["files"][number];
  acceptRisk: boolean;
}) {
  const t = useTranslations("model.use");
  const common = useTranslations("common");
  const snippets = curlSnippets({
    origin: window.location.origin,
    name: props.target.name,
    version: props.target.version,
    file: props.file,
    fileCount: props.target.fileCount,
    acceptRisk: props.acceptRisk,
  });
  return (
    <div className="flex flex-col gap-4">
      {(["file", "resume", "check", "tar"] as const).map((kind) => {
        const code = snippets[kind];
        if (code === null) return null;
        return (
          <section key={kind} className="min-w-0">
            <h3 className="mb-1 font-medium">{t(`curl.${kind}`)}</h3>
            <CodeBlock code={code} label={t(`curl.${kind}`)} copyLabel={common("copyCommand")} />
          </section>
        );
      })}
    </div>
  );
}
