/** Every query of the list, as the code really makes it, is answered by an index. */

import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { seedBulk } from "../../bench/seed-bulk.ts";
import { visibleModels } from "../../lib/access/visible-models.ts";
import type { Ctx } from "../../lib/context.ts";
import { createDatabase, type Database } from "../../lib/db/client.ts";
import { Prisma } from "../../lib/db/generated/client.ts";
import { countFacets } from "../../lib/models/facet-store.ts";
import { listFindings } from "../../lib/models/list-findings.ts";
import { countModels, findModelPage, type ModelFilter } from "../../lib/models/list-store.ts";
import type { ListModelsQuery } from "../../lib/models/request-schema.ts";
import { scheduleRescan } from "../../lib/models/rescan/start-rescan.ts";
import { findHolders, findRarePart } from "../../lib/models/search-store.ts";
import { findStageVersions } from "../../lib/models/stage-versions.ts";
import { OPEN } from "../support/actors.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";

/** Enough that reading the whole table is never the cheapest way. */
const MODELS = 20_000;

let database: TestDatabase;
let db: Database;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase("migrated");
  await seedBulk(database.url, 0, MODELS);
  db = createDatabase({ url: database.url, poolSize: 2 });
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await db?.$disconnect();
  await database?.drop();
});

type Plan = { "Node Type": string; "Relation Name"?: string; Plans?: Plan[] };

/** Runs `work` and gives the raw queries that it made, without those that ask for a plan themselves. */
async function queriesOf(work: (db: Database) => Promise<unknown>): Promise<Prisma.Sql[]> {
  const made: Prisma.Sql[] = [];
  const statements = new Proxy(db.statements, {
    get(target, name) {
      if (name !== "query") return Reflect.get(target, name).bind(target);
      return (query: Prisma.Sql, statement?: string) => {
        made.push(query);
        return target.query(query, statement);
      };
    },
  });
  const recording = new Proxy(db, {
    get(target, name) {
      if (name === "statements") return statements;
      if (name !== "$queryRaw") return Reflect.get(target, name);
      return (strings: TemplateStringsArray, ...values: unknown[]) => {
        made.push(Prisma.sql(strings, ...values));
        return target.$queryRaw(strings, ...values);
      };
    },
  });
  await work(recording);
  const run = made.filter(({ text }) => !/^\s*explain /.test(text));
  expect(run.length).toBeGreaterThan(0);
  return run;
}

async function planOf(query: Prisma.Sql): Promise<Plan[]> {
  const values = query.values.map((value) => (typeof value === "bigint" ? String(value) : value));
  const { rows } = await client.query(`explain (format json) ${query.text}`, values);
  const flat = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(flat)];
  return flat(rows[0]["QUERY PLAN"][0].Plan);
}

async function scannedTables(query: Prisma.Sql): Promise<string[]> {
  const scans = (await planOf(query)).filter((plan) => plan["Node Type"] === "Seq Scan");
  return scans.map((plan) => plan["Relation Name"] ?? "?");
}

/** Two numbers for each model: for many matches PostgreSQL may rightly read them all (8 ms for 100,000). */
const MAY_BE_SCANNED = ["model_counter"];

async function expectIndexes(work: (db: Database) => Promise<unknown>): Promise<void> {
  for (const query of await queriesOf(work))
    expect(
      (await scannedTables(query)).filter((table) => !MAY_BE_SCANNED.includes(table)),
      query.text,
    ).toEqual([]);
}

/** Everybody sees all models while accounts are off. */
const visible = visibleModels(OPEN);
type Asked = Omit<ModelFilter, "visible">;
const FRAMEWORKS = {
  pytorch: { supportedVersions: ["2.0+", ">=1.9,<1.13"], enforce: false },
  tensorflow: { supportedVersions: ["2.8+"], enforce: true },
};
const ASKED: Record<string, Asked> = {
  nothing: {},
  "a rare word": { query: "encoder-1234" },
  "a common word": { query: "detector" },
  "two common words": { query: "tiny-encoder" },
  "a common word and a rare one": { query: "work number 4a" },
  "words with signs": { query: "100%_encoder-\\1" },
  "words in another order": { query: "1234 encoder number" },
  "a tag and an owner": { query: "team-7 task:encoder" },
  "a word and two letters": { query: "qu encoder-1234" },
  "two letters": { query: "qu" },
  "two letters twice": { query: "qu en" },
  "no match": { query: "zzzzzz" },
  "a framework": { framework: ["onnx"] },
  "two frameworks": { framework: ["onnx", "pytorch"] },
  "a format": { format: ["torch-zip"] },
  "a verdict": { verdict: ["clean"] },
  "an owner": { owner: "team-7" },
  "a stage": { stage: ["production"] },
  "a rare tag": { tag: ["batch:123"] },
  "two tags": { tag: ["batch:123", "task:encoder"] },
  parameters: { min_parameters: 6_999_000_000 },
  "supported versions": { framework_support: "supported", frameworks: FRAMEWORKS },
  "versions that are not supported": { framework_support: "outside", frameworks: FRAMEWORKS },
  "versions that nobody knows": { framework_support: "unknown", frameworks: FRAMEWORKS },
  "a framework and a word": { framework: ["pytorch"], query: "tiny" },
  "an owner, a stage and a word": { owner: "team-7", stage: ["production"], query: "calm" },
};
const FILTERS: Record<string, ModelFilter> = Object.fromEntries(
  Object.entries(ASKED).map(([name, asked]) => [name, { ...asked, visible }]),
);
const SORTS: ListModelsQuery["sort"][] = [
  "name",
  "-name",
  "-updated_at",
  "-size_bytes",
  "-parameters",
  "-downloads",
];

it("would notice a table that is read from its beginning to its end", async () => {
  expect(
    await scannedTables(Prisma.sql`select count(*) from model where description <> ''`),
  ).toEqual(["model"]);
});

it.each(Object.entries(FILTERS))(
  "finds and counts %s by an index in every order",
  async (_, filter) => {
    await expectIndexes((recording) => countModels(recording, filter));
    const isRead = filter.query !== undefined || filter.tag !== undefined;
    for (const sort of SORTS) {
      const plans = isRead ? (["free", "matches-first"] as const) : (["free"] as const);
      for (const plan of plans) {
        const input = { sort, limit: 50, plan };
        const { nextCursor } = await findModelPage(db, filter, input);
        await expectIndexes((recording) => findModelPage(recording, filter, input));
        if (nextCursor !== null)
          await expectIndexes((recording) =>
            findModelPage(recording, filter, { ...input, cursor: nextCursor }),
          );
      }
    }
  },
);

it.each(Object.entries(FILTERS))("gives the same page of %s by either plan", async (_, filter) => {
  for (const sort of SORTS) {
    const read = async (plan: "free" | "matches-first") => {
      const ids: bigint[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < 3; page += 1) {
        const found = await findModelPage(db, filter, { sort, limit: 7, cursor, plan });
        ids.push(...found.rows.map(({ id }) => id));
        if (found.nextCursor === null) break;
        cursor = found.nextCursor;
      }
      return ids;
    };
    expect(await read("matches-first")).toEqual(await read("free"));
  }
  const { total } = await findModelPage(db, filter, {
    sort: "name",
    limit: 1,
    plan: "matches-first",
  });
  expect(total).toBe(await countModels(db, filter));
});

it.each<[string, Asked]>([
  ["framework", { framework: ["onnx"] }],
  ["format", { format: ["onnx"] }],
  ["verdict", { verdict: ["suspicious"] }],
  ["owner", { owner: "team-10" }],
])("answers a stage and one %s without a look at the table", async (_, filter) => {
  const both: ModelFilter = { ...filter, stage: ["production"], visible };
  const page = (recording: Database) =>
    findModelPage(recording, both, { sort: "-updated_at", limit: 50, plan: "free" });
  for (const work of [page, (recording: Database) => countModels(recording, both)]) {
    for (const query of await queriesOf(work)) {
      const scans = (await planOf(query)).filter((plan) => plan["Node Type"].includes("Scan"));
      expect(
        scans.map((plan) => plan["Node Type"]),
        query.text,
      ).toEqual(["Index Only Scan"]);
    }
  }
});

it.each([
  ["encoder-1234", "-1234"],
  ["1234 ranker", "1234"],
  ["ranker 1234", "1234"],
  ["Encoder-1234", "-1234"],
  ["tiny-encoder", null],
  ["1234", null],
  ["-", null],
  ["encoder-1", null],
  ["🙂encoder🙂1234🙂", "🙂encoder🙂"],
])("looks up %s by %s", async (query, word) => {
  expect(await findRarePart(db, query)).toBe(word);
});

it("counts the facets of a search by its index", async () => {
  await expectIndexes((recording) => countFacets(recording, { query: "encoder-1234", visible }));
});

it.each<[string, (digest: string) => string]>([
  ["with its algorithm", (digest) => `sha256:${digest.slice(0, 12)}`],
  ["without", (digest) => digest.slice(0, 8)],
  ["in capitals", (digest) => digest.toUpperCase()],
  ["beside another word", (digest) => `encoder ${digest.slice(0, 10)}`],
])("finds the model of a digest's beginning, %s, by indexes", async (_, queryOf) => {
  const { rows } = await client.query(
    "select v.digest, v.model_id from version v join model m on m.id = v.model_id where m.name like '%encoder%' and v.number = 2 limit 1",
  );
  const query = queryOf(rows[0].digest);
  await expectIndexes((recording) => findHolders(recording, query));
  const filter: ModelFilter = { query, holders: await findHolders(db, query), visible };
  for (const plan of ["free", "matches-first"] as const) {
    const input = { sort: "-updated_at", limit: 50, plan } as const;
    await expectIndexes((recording) => findModelPage(recording, filter, input));
    const { rows: found } = await findModelPage(db, filter, input);
    expect(found.map(({ id }) => String(id))).toEqual([rows[0].model_id]);
  }
});

it("reads the version of a stage and a page of versions by an index", async () => {
  const models = await db.model.findMany({ where: { stages: { isEmpty: false } }, take: 50 });
  await expectIndexes((recording) => findStageVersions(recording, models));
});

it.each([{}, { verdict: "malicious" }, { query: "encoder" }] as const)(
  "lists and counts versions that are not clean by an index: %j",
  async (asked) => {
    const list = (recording: Database) =>
      listFindings({ actor: OPEN, db: recording } as Ctx, { ...asked, limit: 50 });
    for (const query of await queriesOf(list))
      expect(await scannedTables(query), query.text).not.toContain("version");
  },
);

it("asks by an index whether anything is left for a rescan", async () => {
  await expectIndexes((recording) => scheduleRescan({ db: recording } as Ctx));
});
