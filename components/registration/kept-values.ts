import { type FormValues, formSchema } from "./form-values.ts";

const keyOf = (form: string) => `registration:${form}`;

/** Keeps the values of a form that has been sent: a reload in the middle of the upload would lose them. */
export function keepValues(form: string, values: FormValues): void {
  try {
    sessionStorage.setItem(keyOf(form), JSON.stringify(values));
  } catch {
    // The storage is full or forbidden: the form works without it.
  }
}

/** Null when nothing is kept, or nothing that the form would take. */
export function restoreValues(form: string): FormValues | null {
  try {
    const text = sessionStorage.getItem(keyOf(form));
    return text === null ? null : (formSchema.safeParse(JSON.parse(text)).data ?? null);
  } catch {
    return null;
  }
}

export function forgetValues(form: string): void {
  try {
    sessionStorage.removeItem(keyOf(form));
  } catch {
    // The storage is forbidden, so that it holds nothing either.
  }
}
