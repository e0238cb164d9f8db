import { EXIT } from "../exit-codes.ts";
import { Failure, isMissingRoute } from "../failure.ts";
import type { Run } from "../run.ts";
import { timeText } from "../terminal/values.ts";
import { createdTokenSchema, tokenListSchema } from "../wire.ts";
import type { Commands } from "./commands.ts";
import { collect, wholeNumber } from "./parse-option.ts";

type CreateOptions = { scope?: string[]; model?: string[]; days?: number };

export function addToken({ t, add, act, group }: Commands): void {
  const token = group("token", "token.about");

  act(add("list", "token.list", token), async (run) => {
    const registry = await run.registry();
    const found = await withAccounts(run, () =>
      registry.json({ method: "GET", path: "/tokens" }, tokenListSchema),
    );
    run.out.result(found, () =>
      run.out.table(
        [
          t("column.id"),
          t("column.name"),
          t("column.scopes"),
          t("column.models"),
          t("column.expires"),
        ],
        found.items.map((one) => [
          one.id,
          one.name,
          one.scopes.join(" "),
          one.models.join(" ") || "*",
          timeText(one.expires_at),
        ]),
      ),
    );
  });

  const create = add("create <name>", "token.create", token)
    .option("--scope <scope>", t("token.scope"), collect)
    .option("--model <pattern>", t("token.model"), collect)
    .option("--days <days>", t("token.days"), wholeNumber(1, 366, t));
  act<CreateOptions>(create, async (run, { scope, model, days }, [name = ""]) => {
    const registry = await run.registry();
    const json = { name, scopes: scope, models: model, expires_in_days: days };
    const made = await withAccounts(run, () =>
      registry.json({ method: "POST", path: "/tokens", json }, createdTokenSchema),
    );
    run.out.result(made, () => made.token);
    run.say(t("token.once", { expires: timeText(made.expires_at) }));
  });

  act(add("revoke <id>", "token.revoke", token), async (run, _options, [id = ""]) => {
    await run.confirm(t("token.confirm", { id }));
    const registry = await run.registry();
    await withAccounts(run, () =>
      registry.send({ method: "DELETE", path: `/tokens/${encodeURIComponent(id)}` }),
    );
    run.out.result({ id, revoked: true }, () => []);
    run.say(t("token.revoked"));
  });
}

/** Says in words that a server without accounts has no tokens either. */
export async function withAccounts<T>(run: Run, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isMissingRoute(error)) throw error;
    const { url } = await run.server();
    throw new Failure(EXIT.incompatible, run.t("token.missing", { url }), { cause: error });
  }
}
