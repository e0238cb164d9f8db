/**
 * Who a valid token or session stands for, as of now: the account with its role, groups and grants. Remembered until
 * something about accounts changes, here or on another server; while this process is not told of changes, nothing is.
 */
import { LRUCache } from "lru-cache";
import { z } from "zod";
import { type Actor, LEVELS, type Level, ROLES, SCOPES } from "#lib/access/actor.ts";
import type { Database } from "#lib/db/client.ts";

/** A bound for what a lost announcement can do. */
const TTL_MS = 5_000;
/** Tokens and sessions in use at once; an entry has an actor of some hundred bytes. */
const ENTRIES_MAX = 10_000;
/** When somebody was last seen is written down in batches. */
const SEEN_EVERY_MS = 30_000;

const KINDS = { token: "api_token", session: "session" } as const;
export type CredentialKind = keyof typeof KINDS;
/** What a request presented: a row of `kind`, which belongs to an account. */
export type Credential = { kind: CredentialKind; id: string; accountId: string };

/** A grant of a group counts as one of each member. */
const GRANTS = `
  coalesce((
    select json_agg(json_build_array(m.name_key, g.level))
    from model_grant as g join model as m on m.id = g.model_id
    where g.account_id = a.id or g.group_id in (select group_id from membership where account_id = a.id)
  ), '[]'::json) as grants`;

const TOKEN = {
  name: "actor of token",
  text: `
    select a.id, a.kind, a.name, a.role, t.scopes, t.models, t.expires_at, ${GRANTS}
    from api_token as t join account as a on a.id = t.account_id
    where t.id = $1::uuid and a.id = $2::uuid and t.revoked_at is null and t.expires_at > now()
      and a.disabled_at is null`,
};
const SESSION = {
  name: "actor of session",
  text: `
    select a.id, a.kind, a.name, a.role, s.expires_at, ${GRANTS}
    from session as s join account as a on a.id = s.account_id
    where s.id = $1::uuid and a.id = $2::uuid and s.ended_at is null and s.expires_at > now()
      and a.disabled_at is null`,
};

const OF_ACCOUNT = {
  name: "grants of account",
  text: `select ${GRANTS} from account as a where a.id = $1::uuid`,
};
const grantsSchema = z.array(z.tuple([z.string(), z.enum(LEVELS)]));

const rowSchema = z.object({
  id: z.string(),
  kind: z.enum(["user", "service"]),
  name: z.string(),
  role: z.enum(ROLES),
  scopes: z.array(z.enum(SCOPES)).optional(),
  models: z.array(z.string()).optional(),
  expires_at: z.date(),
  grants: grantsSchema,
});

type Entry = { actor: Promise<Actor | null>; until: number };

export class Directory {
  readonly #db: Database;
  readonly #isTold: () => boolean;
  readonly #entries = new LRUCache<string, Entry>({ max: ENTRIES_MAX });
  readonly #seen: Record<CredentialKind, Set<string>> = { token: new Set(), session: new Set() };
  readonly #timer: NodeJS.Timeout;

  /** `isTold` says whether changes that other servers make are heard of now. */
  constructor(db: Database, isTold: () => boolean) {
    this.#db = db;
    this.#isTold = isTold;
    this.#timer = setInterval(() => void this.#writeSeen().catch(() => {}), SEEN_EVERY_MS);
    this.#timer.unref();
  }

  /** null when the credential is revoked or has ended, or its account is disabled or gone. */
  async find(credential: Credential): Promise<Actor | null> {
    const key = `${credential.kind} ${credential.id} ${credential.accountId}`;
    const known = this.#isTold() ? this.#entries.get(key) : undefined;
    if (known && known.until > performance.now()) return known.actor;
    // Made before the row is read: `forget` also drops what is being read meanwhile.
    const entry: Entry = { actor: this.#read(credential), until: performance.now() + TTL_MS };
    this.#entries.set(key, entry);
    const actor = await entry.actor.catch((error) => {
      this.#entries.delete(key);
      throw error;
    });
    if (actor === null) this.#entries.delete(key);
    else this.#seen[credential.kind].add(credential.id);
    return actor;
  }

  /** Something about accounts has changed: everybody is asked about again. */
  forget(): void {
    this.#entries.clear();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writeSeen().catch(() => {});
  }

  async #read({ kind, id, accountId }: Credential): Promise<Actor | null> {
    const statement = kind === "token" ? TOKEN : SESSION;
    const [row] = await this.#db.statements.run<object>(statement, [id, accountId]);
    if (row === undefined) return null;
    const { grants, scopes, models, expires_at: _, ...who } = rowSchema.parse(row);
    return {
      ...who,
      tokenId: id,
      scopes: scopes ?? null,
      models: models === undefined || models.length === 0 ? null : models,
      grants: highest(grants),
    };
  }

  async #writeSeen(): Promise<void> {
    const [tokens, sessions] = [[...this.#seen.token], [...this.#seen.session]];
    this.#seen.token.clear();
    this.#seen.session.clear();
    if (tokens.length > 0)
      await this.#db.$executeRaw`
        update api_token set last_used_at = now() where id = any(${tokens}::uuid[])`;
    if (sessions.length > 0)
      await this.#db.$executeRaw`
        update session set last_seen_at = now() where id = any(${sessions}::uuid[])`;
  }
}

/** Those of an account and of its groups. */
export async function grantsOf(
  db: Database,
  accountId: string,
): Promise<ReadonlyMap<string, Level>> {
  const [row] = await db.statements.run<{ grants: unknown }>(OF_ACCOUNT, [accountId]);
  return highest(grantsSchema.parse(row?.grants ?? []));
}

function highest(grants: readonly (readonly [string, Level])[]): ReadonlyMap<string, Level> {
  const all = new Map<string, Level>();
  for (const [name, level] of grants) {
    const other = all.get(name);
    if (other === undefined || LEVELS.indexOf(level) > LEVELS.indexOf(other)) all.set(name, level);
  }
  return all;
}
