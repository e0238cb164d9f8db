import { SEVERITIES } from "#lib/alerts/kinds.ts";
import type { ContactPointWire } from "#lib/notifications/schema.ts";

/** The body that the interface takes: of a new contact point, or what may be changed of `point`. */
export function readContactForm(form: FormData, point: ContactPointWire | undefined) {
  const text = (name: string) => String(form.get(name) ?? "").trim();
  const severities = form.getAll("severities");
  const kind = point?.kind ?? text("kind");
  const url = text("url");
  const addresses = text("addresses")
    .split(/[\s,;]+/)
    .filter((address) => address !== "");
  return {
    name: text("name"),
    ...(point ? {} : { kind }),
    ...(kind === "email" ? { addresses } : {}),
    // A URL that is left empty stays as it is: nobody can see it.
    ...(kind !== "email" && url !== "" ? { url } : {}),
    // None chosen is all of them, as both chosen is.
    severities: severities.length === SEVERITIES.length ? [] : severities,
    kinds: form.getAll("kinds"),
    language: text("language"),
    tells_end: form.has("tells_end"),
  };
}
