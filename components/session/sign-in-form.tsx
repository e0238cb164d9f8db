"use client";

import { signIn } from "next-auth/react";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { Field } from "#components/ui/field.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import { Input } from "#components/ui/input.tsx";

type Problem = "wrong" | "limited" | "denied" | "failed";

/** What next-auth calls its errors, and what our own are called. */
const PROBLEMS: Readonly<Record<string, Problem>> = {
  CredentialsSignin: "wrong",
  rate_limited: "limited",
  AccessDenied: "denied",
};

/** `target` is the path that was asked for; `provider` the name of the single sign-on, if there is one. */
export function SignInForm(props: {
  target: string;
  provider: string | null;
  error: string | null;
}) {
  const t = useTranslations("signIn");
  const [problem, setProblem] = useState<Problem | null>(problemOf(props.error));
  const [isBusy, setIsBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const { username, password } = Object.fromEntries(new FormData(form));
    setIsBusy(true);
    setProblem(null);
    const answer = await signIn("password", { username, password, redirect: false }).catch(
      () => null,
    );
    // A whole new page: nothing that was read before signing in stays.
    if (answer?.ok) {
      window.location.assign(props.target);
      return;
    }
    setIsBusy(false);
    setProblem(problemOf(answer?.error ?? "failed"));
    form.querySelector<HTMLInputElement>("[name=password]")?.select();
  }

  return (
    <>
      <form onSubmit={submit} className="grid gap-4">
        <FormError>{problem && t(problem)}</FormError>
        <Field label={t("name")}>
          {(control) => (
            <Input
              {...control}
              name="username"
              autoComplete="username"
              autoCapitalize="none"
              required
              autoFocus
            />
          )}
        </Field>
        <Field label={t("password")}>
          {(control) => (
            <Input
              {...control}
              name="password"
              type="password"
              autoComplete="current-password"
              required
            />
          )}
        </Field>
        <Button type="submit" variant="primary" isLoading={isBusy}>
          {t("submit")}
        </Button>
      </form>
      {props.provider && (
        <>
          <p className="text-center text-muted">{t("or")}</p>
          <Button onClick={() => signIn("oidc", { callbackUrl: props.target })}>
            {t("by", { provider: props.provider })}
          </Button>
        </>
      )}
    </>
  );
}

function problemOf(error: string | null): Problem | null {
  return error === null ? null : (PROBLEMS[error] ?? "failed");
}
