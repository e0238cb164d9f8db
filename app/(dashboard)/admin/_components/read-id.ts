import { notFound } from "next/navigation";
import { isRegistryError } from "#lib/errors.ts";
import { idParams } from "#lib/http/path-schema.ts";

/** The account that the address names. */
export function readId(params: { id: string }): { id: string } {
  return idParams.safeParse(params).data ?? notFound();
}

/** An account that is not there becomes the page that says so. */
export async function orNotFound<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (isRegistryError(error) && error.code === "account_not_found") notFound();
    throw error;
  }
}
