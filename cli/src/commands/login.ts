import { hostname } from "node:os";
import { text as readAll } from "node:stream/consumers";
import { EXIT } from "../exit-codes.ts";
import { Failure, isMissingRoute } from "../failure.ts";
import type { Registry } from "../http/registry.ts";
import type { Run } from "../run.ts";
import { parseUrl } from "../settings/choose-server.ts";
import {
  type Credentials,
  credentialsFile,
  readCredentials,
  writeCredentials,
} from "../settings/credentials.ts";
import { askSecret } from "../terminal/prompt.ts";
import { createdTokenSchema, exchangedSchema, meSchema } from "../wire.ts";
import type { Commands } from "./commands.ts";
import { collect, wholeNumber } from "./parse-option.ts";
import { withAccounts } from "./token.ts";

type LoginOptions = {
  tokenStdin?: boolean;
  username?: string;
  passwordStdin?: boolean;
  scope?: string[];
  days: number;
};
/** What the commands need; an administrator's rights are asked for by name. */
const SCOPES = ["models:read", "models:write", "loads:write"];

export function addLogin({ t, add, act }: Commands): void {
  const login = add("login [url]", "login.about")
    .option("--token-stdin", t("login.tokenStdin"))
    .option("--username <name>", t("login.username"))
    .option("--password-stdin", t("login.passwordStdin"))
    .option("--scope <scope>", t("token.scope"), collect)
    .option("--days <days>", t("token.days"), wholeNumber(1, 366, t), 90);
  act<LoginOptions>(login, async (run, options, [given]) => {
    const url = given === undefined ? (await run.server()).url : parseUrl(given, t);
    const before = await findMe(run.registryAt(url, null), false);
    const isOpen = before !== "unknown";
    const token = before === "no-accounts" ? null : await obtainToken(run, url, options, isOpen);
    const me = token === null ? null : await findMe(run.registryAt(url, token), true);
    await changeCredentials(run, (credentials) => ({
      current: url,
      servers: { ...credentials.servers, [url]: { token } },
    }));
    const name = me === null || typeof me === "string" ? null : me.name;
    run.out.result({ url, name }, () => []);
    run.say(name === null ? t("login.open", { url }) : t("login.done", { url, name }));
  });

  act(add("logout [url]", "logout.about"), async (run, _options, [given]) => {
    const url = given === undefined ? (await run.server()).url : parseUrl(given, t);
    let wasThere = false;
    await changeCredentials(run, ({ current, servers: { [url]: removed, ...servers } }) => {
      wasThere = removed !== undefined;
      return { current: current === url ? null : current, servers };
    });
    run.out.result({ url, removed: wasThere }, () => []);
    run.say(t(wasThere ? "logout.done" : "logout.unknown", { url }));
  });

  act(add("whoami", "whoami.about"), async (run) => {
    const { url, urlSource, tokenSource } = await run.server();
    // Whoever is nobody where everybody has to sign in is refused, as by all commands.
    const found = await findMe(await run.registry(), true);
    const me =
      typeof found === "string" ? { kind: "anonymous", name: "anonymous", role: null } : found;
    const answer = { ...me, url, url_source: urlSource, token_source: tokenSource };
    run.out.result(answer, () =>
      run.out.facts([
        [t("column.name"), me.name],
        [t("fact.kind"), me.kind],
        [t("fact.role"), me.role],
        [t("fact.server"), `${url} (${t(`source.${urlSource}`)})`],
        [t("fact.token"), t(`source.${tokenSource}`)],
      ]),
    );
    if (found === "no-accounts") run.say(t("whoami.noAccounts"));
  });
}

/** Who the token is; `no-accounts` for a server that knows nobody, and without a token `unknown` where it asks for one. */
async function findMe(registry: Registry, mustKnow: boolean) {
  try {
    return await registry.json({ method: "GET", path: "/me" }, meSchema);
  } catch (error) {
    if (isMissingRoute(error)) return "no-accounts";
    if (!mustKnow && error instanceof Failure && error.status === 401) return "unknown";
    throw error;
  }
}

/** Null for a server that lets everybody in, when no other way was named. */
async function obtainToken(
  run: Run,
  url: string,
  options: LoginOptions,
  isOpen: boolean,
): Promise<string | null> {
  const { t } = run;
  if (options.username !== undefined) return tokenByPassword(run, url, options.username, options);
  if (run.flags.token !== undefined) return run.flags.token;
  if (options.tokenStdin) return (await readAll(process.stdin)).trim();
  if (isOpen) return null;
  if (!run.canAsk) throw new Failure(EXIT.usage, t("login.howToken"));
  const token = (await askSecret(t("login.askToken", { url }))).trim();
  if (token === "") throw new Failure(EXIT.usage, t("login.howToken"));
  return token;
}

/** The password is exchanged for a short sign-in, and that for a token of this machine; neither is kept. */
async function tokenByPassword(
  run: Run,
  url: string,
  username: string,
  { passwordStdin, scope, days }: LoginOptions,
): Promise<string> {
  const { t } = run;
  if (!passwordStdin && !run.canAsk) throw new Failure(EXIT.usage, t("login.howPassword"));
  const password = passwordStdin
    ? (await readAll(process.stdin)).replace(/\r?\n$/, "")
    : await askSecret(t("login.askPassword", { name: username }));
  const json = { grant_type: "password", username, password };
  const signIn = await withAccounts(run, () =>
    run.registryAt(url, null).json({ method: "POST", path: "/auth/token", json }, exchangedSchema),
  );
  const session = run.registryAt(url, signIn.access_token);
  const wanted = {
    name: `model-registry (${hostname()})`,
    scopes: scope ?? SCOPES,
    expires_in_days: days,
  };
  const made = await session.json(
    { method: "POST", path: "/tokens", json: wanted },
    createdTokenSchema,
  );
  await session
    .send({ method: "POST", path: "/auth/revoke", json: { token: signIn.refresh_token } })
    // It ends by itself.
    .catch(() => undefined);
  return made.token;
}

async function changeCredentials(
  run: Run,
  change: (before: Credentials) => Credentials,
): Promise<void> {
  const file = credentialsFile(run.env);
  const warn = (problem: "damaged" | "open") => run.say(run.t(`credentials.${problem}`, { file }));
  await writeCredentials(file, change(await readCredentials(file, warn)));
}
