import { createTransport } from "nodemailer";
import type { SmtpConfig } from "#lib/config/smtp-section.ts";
import type { Attempt } from "#lib/deliveries/settle-delivery.ts";

/** Together below the time for which a message is claimed. */
const CONNECT_TIMEOUT_MS = 10_000;
const SILENCE_TIMEOUT_MS = 15_000;
const ANSWER_MAX_LENGTH = 2_048;

type Mail = { id: string; to: readonly string[]; subject: string; text: string };

/** Hands a mail to the mail server; never throws. Delivered is what that server has taken. */
export async function sendMail(
  smtp: SmtpConfig | null,
  { id, to, subject, text }: Mail,
): Promise<Attempt> {
  const begun = performance.now();
  const duration = () => Math.round(performance.now() - begun);
  const failed = (error: string, status: number | null = null, answer: string | null = null) => ({
    ...{ duration_ms: duration(), status, error, answer },
  });
  if (smtp === null)
    return failed(
      "No mail server is configured: set notifications.smtp and start the server again.",
    );
  const transport = createTransport({
    host: smtp.host,
    port: smtp.port,
    secure: smtp.security === "tls",
    requireTLS: smtp.security === "starttls",
    ignoreTLS: smtp.security === "none",
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(smtp.user === null ? {} : { auth: { user: smtp.user, pass: smtp.password ?? "" } }),
  });
  try {
    const sent = await transport.sendMail({
      messageId: `<${id}@${smtp.from.replace(/^.*@|>$/g, "")}>`,
      from: smtp.from,
      to: [...to],
      subject,
      text,
      headers: { "Auto-Submitted": "auto-generated" },
    });
    const answer = sent.response.slice(0, ANSWER_MAX_LENGTH);
    return { duration_ms: duration(), status: statusOf(answer), error: null, answer };
  } catch (error) {
    const { code, response, responseCode } = error as {
      code?: string;
      response?: string;
      responseCode?: number;
    };
    const why = responseCode
      ? `The mail server answered ${responseCode}.`
      : `The mail server ${smtp.host}:${smtp.port} cannot be used (${code ?? "unknown"}).`;
    return failed(why, responseCode ?? null, response?.slice(0, ANSWER_MAX_LENGTH) ?? null);
  } finally {
    transport.close();
  }
}

function statusOf(answer: string): number | null {
  const [, digits] = /^(\d{3})\b/.exec(answer) ?? [];
  return digits === undefined ? null : Number(digits);
}
