import type { ReactNode } from "react";
import { Card } from "#components/ui/card.tsx";

export function SignInCard(props: { title: string; text: string; children?: ReactNode }) {
  return (
    <Card bodyClassName="grid gap-4 p-6">
      <div className="grid gap-1">
        <h1 className="font-semibold text-xl">{props.title}</h1>
        <p className="text-muted">{props.text}</p>
      </div>
      {props.children}
    </Card>
  );
}
