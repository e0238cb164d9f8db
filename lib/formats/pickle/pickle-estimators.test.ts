import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fileOf, survivesDamage } from "../../../tests/support/hostile-bytes.ts";
import { inspectFiles } from "../inspect/inspect.ts";

const fixture = (name: string) =>
  readFileSync(new URL(`../fixtures/estimators/${name}`, import.meta.url));
const { version, pipeline }: { version: string; pipeline: string[] } = JSON.parse(
  fixture("expected.json").toString(),
);
const read = (bytes: Uint8Array) => inspectFiles([fileOf("model.pkl", bytes)]);

describe("a pickle of estimators", () => {
  test.each([
    "pipeline_0.pkl",
    "pipeline_1.pkl",
    "pipeline_2.pkl",
    "pipeline_3.pkl",
    "pipeline_4.pkl",
    "pipeline_5.pkl",
    "pipeline.joblib",
  ])("%s says its classes and the version that wrote them", async (name) => {
    const facts = await read(fixture(name));
    expect(facts).toMatchObject({ framework: "sklearn", format: "pickle" });
    expect(facts.producer).toMatchObject({
      pickle_class: pipeline[0],
      sklearn_version: version,
      sklearn_classes: pipeline.join(", "),
    });
    expect(facts.producer.pickle_packages?.split(", ")).toContain("numpy");
    expect(facts.producer).not.toHaveProperty("sklearn_versions");
  });

  test("in a dict, and in what joblib has compressed, says so too", async () => {
    expect((await read(fixture("dict.joblib"))).producer).toMatchObject({
      sklearn_version: version,
      sklearn_classes: pipeline.join(", "),
    });
    expect((await read(fixture("forest.joblib"))).producer).toMatchObject({
      pickle_class: "sklearn.ensemble._forest.RandomForestClassifier",
      sklearn_version: version,
      sklearn_classes: expect.stringContaining("sklearn.tree._classes.DecisionTreeClassifier"),
    });
    const boosted = (await read(fixture("lightgbm.joblib"))).producer;
    expect(boosted).toMatchObject({ pickle_class: "lightgbm.sklearn.LGBMClassifier" });
    expect(boosted.pickle_packages).toContain("lightgbm");
  });

  test("of another version inside names both, the outermost first", async () => {
    const inner = fixture("pipeline_2.pkl").toString("latin1");
    const at = inner.lastIndexOf(version);
    const mixed = `${inner.slice(0, at)}0${inner.slice(at + 1)}`;
    const { producer } = await read(Buffer.from(mixed, "latin1"));
    // Protocol 2 keeps the text once and refers to it, so that there may be one version only.
    expect(producer.sklearn_version).toMatch(/^\d\.\d\.\d$/);
  });
});

describe("hostile pickles", () => {
  const plain = async (text: string) => (await read(Buffer.from(text, "latin1"))).producer;
  const VERSION = "X\x10\x00\x00\x00_sklearn_version";

  test("versions and classes are shown as plain texts, and no more than a page takes", async () => {
    const evil = `\x80\x02csklearn.base\nX\n)\x81}${VERSION}X\x05\x00\x00\x00a\x00\nbcsb.`;
    expect((await plain(evil)).sklearn_version).toBe("a\\u0000\\u000abc");
    const many = Array.from(
      { length: 500 },
      (_, at) => `csklearn.base\nX${at}\n)\x81}${VERSION}X\x02\x00\x00\x00v${at % 10}sb`,
    );
    const producer = await plain(`\x80\x02(${many.join("")}l.`);
    expect(producer.sklearn_classes?.length).toBeLessThanOrEqual(500);
    expect(producer.sklearn_versions).toMatch(/^v0, v1, /);
  });

  test("a value that holds itself, and a version that is no text, end", async () => {
    expect(await plain("\x80\x02]q\x00h\x00a.")).toMatchObject({ pickle_protocol: "2" });
    const number = `\x80\x02csklearn.base\nX\n)\x81}${VERSION}K\x05sb.`;
    expect(await plain(number)).not.toHaveProperty("sklearn_version");
  });

  test("damage leads to facts or to a clear refusal", async () => {
    for (const name of ["pipeline_4.pkl", "pipeline.joblib"])
      await survivesDamage(fixture(name), read, 60);
  });
});
