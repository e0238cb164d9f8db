import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import { createMigrationAdapterFactory } from "./migration-adapter.ts";

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
 * Runs `work` with Prisma's schema engine as WebAssembly, on the database at `url`. The engine's usual
 * binary comes from the network; this one is a package. Its entry imports `.wasm`, which Node refuses,
 * so it is instantiated here.
 */
export async function withSchemaEngine<T>(
  url: string,
  schema: [string, string],
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  loading ??= loadEngine();
  const { SchemaEngine } = await loading;
  const factory = createMigrationAdapterFactory(url);
  try {
    const bound = bindMigrationAwareSqlAdapterFactory(factory);
    const engine = await SchemaEngine.new({ datamodels: [schema] }, () => undefined, bound);
    try {
      return await work(engine);
    } finally {
      engine.free();
    }
  } finally {
    await factory.close();
  }
}

async function loadEngine(): Promise<EngineModule> {
  // The engine reports its panics to this global, which Prisma's own program would make.
  Object.assign(globalThis, {
    PRISMA_WASM_PANIC_REGISTRY: {
      set_message(message: string): never {
        throw new Error(`Prisma's schema engine failed: ${message}`);
      },
    },
  });
  const entry = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm");
  const engine = (await import("@prisma/schema-engine-wasm/schema_engine_bg")) as unknown;
  const bytes = await readFile(join(dirname(entry), "schema_engine_bg.wasm"));
  const { instance } = await WebAssembly.instantiate(bytes, {
    "./schema_engine_bg.js": withIdleTimers(engine as WebAssembly.ModuleImports),
  });
  (engine as EngineModule).__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
  return engine as EngineModule;
}

/** The engine never clears the timer of its lock: a command that is done would live on for those ten seconds. */
function withIdleTimers(imports: WebAssembly.ModuleImports): WebAssembly.ModuleImports {
  const timers = Object.keys(imports).filter((name) => name.startsWith("__wbg_setTimeout_"));
  if (timers.length === 0) throw new Error("Prisma's schema engine has no timers of this name.");
  const start = (run: () => void, ms: number) => setTimeout(run, ms >>> 0).unref();
  return { ...imports, ...Object.fromEntries(timers.map((name) => [name, start])) };
}
