"use client";

import { FolderUp, Upload } from "lucide-react";
import { useTranslations } from "next-intl";
import { type RefObject, useEffect, useRef, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { cn } from "#components/ui/cn.ts";
import type { ChosenFile } from "./chosen-files.ts";
import { readDrop, readPicked } from "./read-drop.ts";

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;

/** Desktop browsers know this attribute; React's types do not. */
const WHOLE_FOLDER = { webkitdirectory: "" };

/** Takes files dropped anywhere on the page (beside the zone a browser would open them), or picked. */
export function DropZone(props: {
  isDisabled: boolean;
  pickerRef: RefObject<HTMLButtonElement | null>;
  describedBy: string | undefined;
  onFiles: (files: ChosenFile[]) => void;
  onUnreadable: () => void;
}) {
  const t = useTranslations("register.files");
  const [isOver, setOver] = useState(false);
  const filesInput = useRef<HTMLInputElement>(null);
  const folderInput = useRef<HTMLInputElement>(null);
  const current = useRef(props);
  useEffect(() => {
    current.current = props;
  });
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(!current.current.isDisabled);
    };
    const leave = (event: DragEvent) => event.relatedTarget === null && setOver(false);
    const drop = async (event: DragEvent) => {
      if (!hasFiles(event) || !event.dataTransfer) return;
      event.preventDefault();
      setOver(false);
      if (current.current.isDisabled) return;
      try {
        current.current.onFiles(await readDrop(event.dataTransfer));
      } catch {
        current.current.onUnreadable();
      }
    };
    window.addEventListener("dragover", over);
    window.addEventListener("dragleave", leave);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragover", over);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("drop", drop);
    };
  }, []);
  const pick = (input: HTMLInputElement) => {
    if (input.files && input.files.length > 0) props.onFiles(readPicked(input.files));
    // The same file may be chosen again after it was removed.
    input.value = "";
  };
  return (
    <div
      className={cn(
        "flex flex-col items-center gap-1 rounded-lg border border-line-strong/60 border-dashed px-4 py-6 text-center transition-colors",
        isOver && "border-accent bg-accent-soft",
      )}
    >
      <p className="font-medium">{isOver ? t("dropNow") : t("drop")}</p>
      <p className="text-muted">{t("or")}</p>
      <div className="mt-2 flex flex-wrap justify-center gap-2">
        <Button
          ref={props.pickerRef}
          aria-describedby={props.describedBy}
          onClick={() => filesInput.current?.click()}
        >
          <Upload aria-hidden className="size-4" />
          {t("chooseFiles")}
        </Button>
        <Button onClick={() => folderInput.current?.click()}>
          <FolderUp aria-hidden className="size-4" />
          {t("chooseFolder")}
        </Button>
      </div>
      <input
        ref={filesInput}
        type="file"
        multiple
        hidden
        data-picker="files"
        onChange={(event) => pick(event.target)}
      />
      <input
        ref={folderInput}
        type="file"
        {...WHOLE_FOLDER}
        hidden
        data-picker="folder"
        onChange={(event) => pick(event.target)}
      />
    </div>
  );
}
