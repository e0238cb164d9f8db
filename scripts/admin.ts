/**
 * `npm run admin -- <command>`: accounts from the server's own machine, with or without the server running. Set the same
 * configuration as for the server.
 */
import { resolve } from "node:path";
import { ROLES, type Role, SYSTEM } from "../lib/access/actor.ts";
import type { AccountsCtx } from "../lib/accounts/accounts-context.ts";
import { assignOwners } from "../lib/accounts/assign-owners.ts";
import { createUser, resetPassword } from "../lib/accounts/create-account.ts";
import { listAccounts } from "../lib/accounts/list-accounts.ts";
import { planSwitch } from "../lib/accounts/plan-switch.ts";
import type { LinkWire } from "../lib/accounts/schema.ts";
import { accountNameSchema } from "../lib/accounts/schema.ts";
import { getAccountRow } from "../lib/accounts/store.ts";
import { composeServices } from "../lib/compose.ts";
import { loadConfig } from "../lib/config/load-config.ts";
import { applyMigrations } from "../lib/db/migrate.ts";
import { openCommandDatabase } from "./lib/command-database.ts";
import { CommandError } from "./lib/command-error.ts";
import { runCommand } from "./lib/run-command.ts";

const projectFolder = resolve(import.meta.dirname, "..");

const usage = `npm run admin -- <command>

  create <name> [--role administrator]   makes a user, with the link by which the password is chosen
  reset <name>                           makes a link by which the user chooses another password
  list                                   lists the users
  dry-run                                says who would lose what when api.auth_required is turned on
  own <name> [model ...]                 makes the user the owner of models that nobody owns: all, or those that are
                                         named, in full or as a beginning followed by *

Roles: ${ROLES.join(", ")}. Set the same configuration as for the server, which may run or not.
Ends with 0 when it was done, 1 when it was not.`;

type Command = (ctx: AccountsCtx, names: string[], role: Role) => Promise<void>;

const COMMANDS: Record<string, Command> = {
  async create(ctx, names, role) {
    const name = accountNameSchema.safeParse(only(names));
    if (!name.success)
      throw wrong(`The name "${names[0]}" cannot be used. ${name.error.issues[0]?.message}`);
    const { user, link } = await createUser(ctx, { name: name.data, display_name: "", role });
    console.log(`${user.name} is made (${user.role}).`);
    tellLink(ctx, link);
  },
  async reset(ctx, names) {
    const { id } = await getAccountRow(ctx.db, { name: only(names) });
    tellLink(ctx, await resetPassword(ctx, { id }));
  },
  async list(ctx, names) {
    none(names);
    for (let cursor: string | undefined; ; ) {
      const page = await listAccounts(ctx, { kind: "user", limit: 200, cursor });
      for (const { name, role, disabled, last_seen_at: seen } of page.items)
        console.log(
          [name, role, disabled ? "disabled" : "", seen ?? "never seen"].filter(Boolean).join("  "),
        );
      if (page.next_cursor === null) return;
      cursor = page.next_cursor;
    }
  },
  async "dry-run"(ctx, names) {
    none(names);
    tellPlan(await planSwitch(ctx));
  },
  async own(ctx, [owner, ...models]) {
    if (owner === undefined) throw wrong("Say whose the models will be.");
    const names = await assignOwners(ctx, { owner, models });
    console.log(
      names.length === 0 ? "Nobody's models: none." : `${owner} owns ${names.join(", ")}.`,
    );
  },
};

const wrong = (what: string) => new CommandError(`${what}\n\n${usage}`);

function only([name, ...more]: string[]): string {
  if (name === undefined) throw wrong("Say which user, by name.");
  none(more);
  return name;
}

function none([extra]: string[]): void {
  if (extra !== undefined) throw wrong(`Nothing is known of "${extra}".`);
}

function tellLink({ config }: AccountsCtx, { url, expires_at: until }: LinkWire): void {
  const { host, port } = config.api;
  const isEverywhere = host === "0.0.0.0" || host === "::";
  const base = url.startsWith("/") ? `http://${isEverywhere ? "localhost" : host}:${port}` : "";
  console.log(`This link chooses the password, once, until ${until}:\n  ${base}${url}`);
}

function tellPlan({
  administrators,
  ownerless,
  anonymousClients,
  losses,
}: Awaited<ReturnType<typeof planSwitch>>): void {
  console.log("When api.auth_required is true:\n");
  console.log(
    administrators.length === 0
      ? "- Nobody is administrator yet: make one (npm run admin -- create <name>)."
      : `- Administrators: ${administrators.join(", ")}.`,
  );
  console.log(
    ownerless.total === 0
      ? "- Every model has an owner."
      : `- ${ownerless.total} models have no owner, so that only maintainers delete and only administrators share them: ` +
          `${ownerless.names.join(", ")}${ownerless.total > ownerless.names.length ? ", ..." : ""}. ` +
          "Give them one (npm run admin -- own <name> [model ...]).",
  );
  for (const { address, changes, lastAt, actions } of anonymousClients)
    console.log(
      `- Whoever changes things from ${address ?? "an unknown address"} without an account is refused: ` +
        `${changes} changes, the last at ${lastAt.toISOString()} (${actions.join(", ")}).`,
    );
  console.log(
    "- Everybody who only reads without an account is refused as well; reads are not written down.",
  );
  for (const { account, role, permissions } of losses)
    console.log(
      permissions.length === 0
        ? `- ${account} (${role}) loses nothing.`
        : `- ${account} (${role}) loses, but for models with a grant: ${permissions.join(", ")}.`,
    );
}

async function run(name: string, names: string[], role: Role): Promise<number> {
  const command = COMMANDS[name] as Command;
  // The first user may be made before the first start.
  const isMade = name === "create";
  const { config, ownerUrl, close } = await openCommandDatabase(loadConfig(), {
    ...{ isShared: true, isMade },
  });
  try {
    await applyMigrations(ownerUrl, projectFolder);
    const services = await composeServices(
      { ...config, log: { level: "error" } },
      { background: false },
    );
    try {
      const ctx = services.createContext({ requestId: null, address: null, actor: SYSTEM });
      await command(ctx, names, role);
      return 0;
    } finally {
      await services.close();
    }
  } finally {
    await close();
  }
}

await runCommand(
  {
    usage,
    options: { role: { type: "string" } },
    words: { most: Number.POSITIVE_INFINITY, needed: "Say what is to be done." },
  },
  async ({ values, words: [name = "", ...names] }) => {
    if (!Object.hasOwn(COMMANDS, name)) throw wrong(`There is no command "${name}".`);
    if (values.role !== undefined && name !== "create") throw wrong(`${name} takes no --role.`);
    const wanted = values.role ?? "administrator";
    const role = ROLES.find((each) => each === wanted);
    if (role === undefined) throw wrong(`There is no role "${wanted}".`);
    return run(name, names, role);
  },
);
