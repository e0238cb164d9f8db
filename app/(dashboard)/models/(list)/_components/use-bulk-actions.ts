"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { request } from "#components/api/request.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { useToast } from "#components/ui/toast.tsx";
import type { ModelWire } from "#lib/models/schema.ts";

/** Enough to be quick, few enough to leave the browser's connections for the page. */
const PARALLEL = 4;

type Outcome<T> = { done: T[]; error: unknown };

/** Runs `work` for every item, a few at a time; one failure does not stop the others. */
async function forEach<T>(
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<Outcome<T>> {
  const rest = [...items];
  const done: T[] = [];
  let error: unknown = null;
  const worker = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) {
      try {
        await work(item);
        done.push(item);
      } catch (cause) {
        error ??= cause;
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  return { done, error };
}

const path = (model: ModelWire) => `/models/${encodeURIComponent(model.name)}`;

/** Tag and delete many models, each with an undo that says what it could not undo. */
export function useBulkActions(onDone: () => void) {
  const t = useTranslations("models.bulk");
  const common = useTranslations("common");
  const errorText = useErrorText();
  const toast = useToast();
  const router = useRouter();

  const report = (outcome: Outcome<ModelWire>, title: string, undo?: () => void) => {
    if (outcome.done.length > 0) {
      toast.success({ title, action: undo && { label: common("undo"), onClick: undo } });
    }
    if (outcome.error) {
      toast.error({ title: t("someFailed"), description: errorText(outcome.error) });
    }
    router.refresh();
  };
  const setTags = (tagsOf: (model: ModelWire) => Record<string, string>) => (model: ModelWire) =>
    request(path(model), { method: "PATCH", body: { tags: tagsOf(model) } });

  const trash = async (models: readonly ModelWire[]) => {
    const outcome = await forEach(models, (model) => request(path(model), { method: "DELETE" }));
    onDone();
    report(outcome, t("deleted", { count: outcome.done.length }), async () => {
      const undone = await forEach(outcome.done, (model) =>
        request(`${path(model)}/restore`, { method: "POST" }),
      );
      report(undone, t("restored", { count: undone.done.length }));
    });
  };
  const tag = async (models: readonly ModelWire[], key: string, value: string) => {
    const outcome = await forEach(
      models,
      setTags((model) => ({ ...model.tags, [key]: value })),
    );
    report(outcome, t("tagged", { count: outcome.done.length }), async () => {
      const undone = await forEach(
        outcome.done,
        setTags((model) => model.tags),
      );
      report(undone, t("untagged", { count: undone.done.length }));
    });
  };
  return { trash, tag };
}
