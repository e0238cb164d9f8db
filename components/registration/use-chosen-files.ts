"use client";

import { useTranslations } from "next-intl";
import { useRef, useState } from "react";
import type { FrameworkName } from "#lib/wire/words.ts";
import { addFiles, type ChosenFile, filesProblem, proposeName, toChoice } from "./chosen-files.ts";
import { guessFramework } from "./guess-framework.ts";

type Proposals = { name: string | null; framework: FrameworkName | null };

/** The chosen files, what is wrong with them, and what they propose for the other fields. */
export function useChosenFiles(onPropose: (proposals: Proposals) => void) {
  const t = useTranslations("register.files");
  const [files, setFiles] = useState<ChosenFile[]>([]);
  const [notice, setNotice] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const root = useRef<string | null>(null);
  const latest = useRef<ChosenFile[]>([]);

  const set = async (next: ChosenFile[]) => {
    latest.current = next;
    setFiles(next);
    setError(null);
    // A file that cannot be read proposes nothing; sending it will say why.
    const framework = await guessFramework(next).catch(() => null);
    // Other files may have been chosen meanwhile.
    if (latest.current === next) onPropose({ name: proposeName(next, root.current), framework });
  };
  const add = (found: readonly ChosenFile[]) => {
    const choice = toChoice(found);
    root.current = choice.root ?? (latest.current.length === 0 ? null : root.current);
    const skipped = choice.skipped > 0 ? t("skipped", { count: choice.skipped }) : null;
    setNotice(choice.files.length === 0 ? t("nothingFound") : skipped);
    void set(addFiles(latest.current, choice.files));
  };
  const remove = (path: string) => {
    setNotice(null);
    if (latest.current.length === 1) root.current = null;
    void set(latest.current.filter((chosen) => chosen.path !== path));
  };
  const clear = () => {
    root.current = null;
    setNotice(null);
    void set([]);
  };
  /** Shows the problem of the files; returns whether there is none. */
  const check = (): boolean => {
    const problem = filesProblem(files);
    const path = problem?.key === "empty" ? problem.path : "";
    setError(problem && t(`problem.${problem.key}`, { path }));
    return problem === null;
  };
  return { files, notice, error, setError, add, remove, clear, check };
}
