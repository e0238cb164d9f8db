import type { Ctx } from "#lib/context.ts";
import { RegistryError } from "#lib/errors.ts";
import { addressPolicy } from "#lib/outgoing/address-policy.ts";
import { OutgoingError } from "#lib/outgoing/outgoing-error.ts";
import { parseOutgoingUrl } from "#lib/outgoing/parse-outgoing-url.ts";
import { resolveAddress } from "#lib/outgoing/resolve-address.ts";

/**
 * Refuses what could never be reached while somebody looks at the form; each message is checked again when it is sent. A name that
 * does not resolve may do so later. Throws `invalid_request`.
 */
export async function checkWebhookUrl(ctx: Pick<Ctx, "config">, text: string): Promise<string> {
  try {
    const url = parseOutgoingUrl(text);
    await resolveAddress(url, addressPolicy(ctx.config.webhooks.allowedNetworks));
    return url.href;
  } catch (error) {
    if (!(error instanceof OutgoingError)) throw error;
    if (error.problem === "name_unknown") return text;
    throw new RegistryError("invalid_request", error.message, {
      problems: [{ pointer: "/url", detail: error.message }],
    });
  }
}
