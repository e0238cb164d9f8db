/** What the operation of a verification is about, as the text that its row has: `backup:<id>`, or `backup:<id>/all`. */
import { RegistryError } from "#lib/errors.ts";

export type VerificationSubject = { id: string; isFull: boolean };

export function verificationSubject({ id, isFull }: VerificationSubject): string {
  return `backup:${id}${isFull ? "/all" : ""}`;
}

export function parseVerificationSubject(text: string | null): VerificationSubject {
  const [, id, all] = /^backup:([^/]+)(\/all)?$/.exec(text ?? "") ?? [];
  if (id === undefined)
    throw new RegistryError(
      "invalid_request",
      "The operation does not say which backup it is about.",
    );
  return { id, isFull: all !== undefined };
}
