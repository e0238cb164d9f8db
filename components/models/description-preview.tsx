"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { request } from "#components/api/request.ts";
import { ModelCard } from "#components/model-card/model-card.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { CardTree } from "#lib/cards/schema.ts";

/** The Markdown as the server lays it out. */
export default function DescriptionPreview({ text }: { text: string }) {
  const card = useTranslations("model.card");
  const t = useTranslations("model.description");
  const preview = useQuery({
    queryKey: ["markdown", text],
    queryFn: ({ signal }) =>
      request<CardTree>("/markdown", { method: "POST", body: { text }, signal }),
  });
  if (preview.isError) return <FormError>{t("previewFailed")}</FormError>;
  if (!preview.data) return <Skeleton className="h-24" />;
  return (
    <ModelCard
      card={preview.data}
      text={text}
      imageLabel={(alt) => card("image", { alt })}
      cutNote={card("cut")}
      plainNote={card("plain")}
    />
  );
}
