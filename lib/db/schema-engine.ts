import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";

/** Prisma's schema engine, the parts that are used here (schema_engine_bg.d.ts of its package). */
export type SchemaEngine = {
  applyMigrations(input: {
    migrationsList: MigrationList;
    filters: SchemaFilter;
  }): Promise<{ appliedMigrationNames: string[] }>;
  diff(input: {
    from: { tag: "migrations" } & MigrationList;
    to: { tag: "schemaDatamodel"; files: { path: string; content: string }[] };
    script: boolean;
    shadowDatabaseUrl: null;
    exitCode: null;
    filters: SchemaFilter;
  }): Promise<{ exitCode: number; stdout: string | null }>;
  free(): void;
};

export type MigrationList = {
  baseDir: string;
  lockfile: { path: string; content: string | null };
  shadowDbInitScript: string;
  migrationDirectories: {
    path: string;
    migrationFile: { path: string; content: { tag: "ok"; value: string } };
  }[];
};

type SchemaFilter = { externalTables: string[]; externalEnums: string[] };

export const NO_FILTER: SchemaFilter = { externalTables: [], externalEnums: [] };

type EngineModule = {
  __wbg_set_wasm(exports: WebAssembly.Exports): void;
  SchemaEngine: {
    new: (
      options: { datamodels: [string, string][] },
      log: (line: string) => void,
      adapter: object,
    ) => Promise<SchemaEngine>;
  };
};

/** One instance serves the process: the module keeps its memory in a global of its own. */
let loading: Promise<EngineModule> | null = null;

/**
 * Prisma's schema engine as WebAssembly, on the database at `url`. The engine's usual binary comes
 * from the network; this one is a package. Its entry imports `.wasm`, which Node refuses, so it is
 * instantiated here. The caller ends it with `free()`.
 */
export async function openSchemaEngine(
  url: string,
  schema: [string, string],
): Promise<SchemaEngine> {
  loading ??= loadEngine();
  const { SchemaEngine } = await loading;
  const factory = bindMigrationAwareSqlAdapterFactory(
    new PrismaPg({ connectionString: url, application_name: "model-registry-migrate" }),
  );
  return SchemaEngine.new({ datamodels: [schema] }, () => undefined, factory);
}

async function loadEngine(): Promise<EngineModule> {
  const entry = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm");
  const engine = (await import("@prisma/schema-engine-wasm/schema_engine_bg")) as unknown;
  const bytes = await readFile(join(dirname(entry), "schema_engine_bg.wasm"));
  const { instance } = await WebAssembly.instantiate(bytes, {
    "./schema_engine_bg.js": engine as WebAssembly.ModuleImports,
  });
  (engine as EngineModule).__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
  return engine as EngineModule;
}
