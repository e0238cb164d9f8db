import { expect, it } from "vitest";
import { loadConfig } from "./load-config.ts";

const load = (settings: Record<string, string>) =>
  loadConfig(
    Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [
        `MODEL_REGISTRY_NOTIFICATIONS__SMTP__${key}`,
        value,
      ]),
    ),
  ).notifications.smtp;

it("there is no mail server unless one is named", () => {
  expect(load({})).toBeNull();
  expect(load({ HOST: "smtp.example.org", FROM: "Registry <registry@example.org>" })).toEqual({
    host: "smtp.example.org",
    port: 587,
    security: "starttls",
    user: null,
    password: null,
    from: "Registry <registry@example.org>",
  });
});

it.each([
  [{ HOST: "smtp.example.org" }, "notifications.smtp.from must be set"],
  [{ HOST: "a b", FROM: "a@b.c" }, "notifications.smtp.host must be"],
  [{ HOST: "s", FROM: "a@b.c\r\nBcc: x@y.z" }, "notifications.smtp.from must be"],
  [{ HOST: "s", FROM: "a@b.c", USER: "u" }, "notifications.smtp.user and password"],
  [{ HOST: "s", FROM: "a@b.c", SECURITY: "maybe" }, "notifications.smtp.security must be one of"],
])("%j is refused", (settings, sentence) => {
  expect(() => load(settings as Record<string, string>)).toThrow(sentence);
});

it("a password that is not valid is not repeated", () => {
  const settings = { HOST: "s", FROM: "a@b.c", USER: "u", PASSWORD: "secret\0word" };
  expect(() => load(settings)).toThrow(/password must be/);
  expect(() => load(settings)).not.toThrow(/secret/);
});
