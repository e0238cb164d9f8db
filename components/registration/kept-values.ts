import { type FormValues, formSchema } from "./form-values.ts";

const keyOf = (form: string) => `registration:${form}`;

/** What was typed into a form that has been sent: a reload in the middle of the upload would lose it. */
export function keepValues(form: string, values: FormValues): void {
  try {
    sessionStorage.setItem(keyOf(form), JSON.stringify(values));
  } catch {
    // Storage is full or forbidden: the form works without.
  }
}

/** Null when there is nothing, or nothing that the form would take. */
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
    // As above.
  }
}
