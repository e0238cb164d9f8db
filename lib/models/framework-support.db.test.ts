import { beforeAll, describe, expect, it } from "vitest";
import { tinyModel } from "../../tests/support/model-files.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { frameworkSupport } from "./framework-support.ts";
import { listModels } from "./list-models.ts";
import { listModelsQuery } from "./request-schema.ts";
import { setStage } from "./set-stage.ts";
import { trashVersion } from "./trash-version.ts";

const registry = modelRegistry({
  MODEL_REGISTRY_FRAMEWORKS__PYTORCH__SUPPORTED_VERSIONS: "2.0+, >=1.9,<1.13",
  MODEL_REGISTRY_FRAMEWORKS__KERAS__SUPPORTED_VERSIONS: "3+",
  MODEL_REGISTRY_FRAMEWORKS__KERAS__ENFORCE: "true",
});

/** Files that a flavour of MLflow says were written by this version. */
const writtenBy = (flavor: string, version: string) => ({
  "model.safetensors": tinyModel(),
  MLmodel: `flavors:\n  ${flavor}:\n    ${flavor}_version: "${version}"\n`,
});
const keras = (version: string) => ({
  MLmodel: `flavors:\n  keras:\n    keras_version: "${version}"\n`,
});

const namesOf = async (support: "supported" | "outside" | "unknown") => {
  const query = listModelsQuery.parse({ framework_support: support, sort: "name" });
  const { items, total } = await listModels(registry.ctx, query);
  expect(total).toBe(items.length);
  return items.map(({ name }) => name);
};

beforeAll(async () => {
  for (const version of ["2.1.0", "1.12.1", "1.13", "1.8.9", "2.1.2147483647", "nightly"]) {
    await registry.register(`torch-${version}`, writtenBy("pytorch", version));
  }
  await registry.register("torch");
  await registry.register("other", { "notes.txt": "text" });
});

describe("the version of the framework that wrote a model", () => {
  it("is a fact of the version, where the bytes say it", async () => {
    const { version } = await registry.register("told", writtenBy("pytorch", "2.1.0+cu121"));
    expect(version.framework_version).toBe("2.1.0+cu121");
    expect((await registry.register("untold")).version.framework_version).toBeNull();
    const { frameworks } = registry.ctx.config;
    const support = (framework: string, version: string | null) =>
      frameworkSupport(frameworks, { framework, version });
    expect(support("pytorch", "2.1.0")).toBe("supported");
    expect(support("pytorch", "1.13.0")).toBe("outside");
    expect(support("pytorch", null)).toBe("unknown");
    expect(support("sklearn", "1.0")).toBe("unknown");
    expect(support("constructor", "1.0")).toBe("unknown");
  });

  it("is what models are found by, whether it is supported", async () => {
    expect(await namesOf("supported")).toEqual([
      "told",
      "torch-1.12.1",
      "torch-2.1.0",
      "torch-2.1.2147483647",
    ]);
    expect(await namesOf("outside")).toEqual(["torch-1.13", "torch-1.8.9"]);
    expect(await namesOf("unknown")).toEqual(
      expect.arrayContaining(["other", "torch", "torch-nightly"]),
    );
  });

  it("is that of the latest version", async () => {
    await registry.register("moving", writtenBy("pytorch", "2.0"));
    await registry.register("moving", { ...writtenBy("pytorch", "1.0"), "a.txt": "a" });
    expect(await namesOf("outside")).toContain("moving");
    await setStage(registry.ctx, { name: "moving", ref: "1.0.0", stage: "staging" });
    expect(await namesOf("outside")).toContain("moving");
    await trashVersion(registry.ctx, { name: "moving", ref: "1.0.1" });
    expect(await namesOf("supported")).toContain("moving");
  });

  it("is refused at registration where the configuration says so", async () => {
    const refused = { code: "framework_version_unsupported", status: 422 };
    await expect(registry.register("old-keras", keras("2.15.0"))).rejects.toMatchObject({
      ...refused,
      detail: "The bytes were written by keras 2.15.0, and this registry takes 3+.",
    });
    expect(await registry.ctx.db.model.count({ where: { nameKey: "old-keras" } })).toBe(0);
    expect((await registry.register("new-keras", keras("3.1.0"))).created).toBe(true);
    expect((await registry.register("keras", keras("unknown"))).created).toBe(true);
  });
});
