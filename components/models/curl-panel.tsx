"use client";

import { useTranslations } from "next-intl";
import { CodeBlock } from "#components/ui/code-block.tsx";
import { curlSnippets } from "./curl-snippets.ts";
import type { UsableVersion } from "./usable-version.ts";

/** Rendered in an open dialog only, so that the browser's own address of this server is known. */
export function CurlPanel(props: {
  target: UsableVersion;
  file: UsableVersion["files"][number];
  acceptRisk: boolean;
}) {
  const t = useTranslations("model.use");
  const common = useTranslations("common");
  const { file, target, acceptRisk } = props;
  const { clean, suspicious, refused } = target.archive;
  const snippetsWith = (hasRisk: boolean) =>
    curlSnippets({
      origin: window.location.origin,
      name: target.name,
      version: target.version,
      file,
      fileCount: target.fileCount,
      acceptRisk: acceptRisk && hasRisk,
    });
  const isArchiveEmpty = clean + (acceptRisk ? suspicious : 0) === 0;
  const snippets = {
    ...snippetsWith(file.verdict !== "clean"),
    tar: isArchiveEmpty ? null : snippetsWith(suspicious > 0).tar,
  };
  const withheld = refused + (acceptRisk ? 0 : suspicious);
  return (
    <div className="flex flex-col gap-4">
      {(["file", "resume", "check", "tar"] as const).map((kind) => {
        const code = snippets[kind];
        if (code === null) return null;
        return (
          <section key={kind} className="min-w-0">
            <h3 className="mb-1 font-medium">{t(`curl.${kind}`)}</h3>
            <CodeBlock code={code} label={t(`curl.${kind}`)} copyLabel={common("copyCommand")} />
            {kind === "tar" && withheld > 0 && (
              <p className="mt-1 text-muted text-xs">{t("leavesOut", { count: withheld })}</p>
            )}
          </section>
        );
      })}
    </div>
  );
}
