import { describe, expect, it } from "vitest";
import { activitySentence } from "./activity-sentence.ts";

const tell = (action: string, detail: Record<string, string | null | Record<string, string>>) =>
  activitySentence(
    { action, version: "1.0.0", detail },
    (stage) => stage.toUpperCase(),
    (verdict) => `<${verdict}>`,
  );

describe("an audit entry in words", () => {
  it("tells a stage change with both stages in the reader's words and the comment", () => {
    const staged = tell("version.staged", { before: "none", after: "production", comment: "ok" });
    expect(staged).toMatchObject({ key: "staged", comment: "ok" });
    expect(staged.values).toMatchObject({ version: "1.0.0", from: "NONE", to: "PRODUCTION" });
  });
  it("tells which verdict was accepted, if it is one", () => {
    const accepted = (verdict: string) =>
      tell("alias.moved", { alias: "prod", after: "1.0.0", accepted_verdict: verdict }).accepted;
    expect(accepted("malicious")).toBe("malicious");
    expect(accepted("<b>")).toBeNull();
    expect(tell("alias.moved", { alias: "prod", after: "1.0.0" }).accepted).toBeNull();
  });
  it("tells how a rescan changed the verdict on the version, or on files of it alone", () => {
    expect(tell("version.rescanned", { before: "clean", after: "malicious" })).toMatchObject({
      key: "rescanned",
      values: { from: "<clean>", to: "<malicious>" },
    });
    expect(tell("version.rescanned", { before: "clean", after: "clean" }).key).toBe(
      "filesRescanned",
    );
  });
  it("tells a new alias from a moved one", () => {
    expect(tell("alias.moved", { alias: "prod", before: null, after: "1.0.0" }).key).toBe(
      "aliasCreated",
    );
    expect(tell("alias.moved", { alias: "prod", before: "0.9.0", after: "1.0.0" }).key).toBe(
      "aliasMoved",
    );
  });
  it("tells what came onto a cluster from what left it", () => {
    expect(tell("load.succeeded", { action: "load" }).key).toBe("loadSucceeded");
    expect(tell("load.succeeded", { action: "unload" }).key).toBe("unloadSucceeded");
    expect(tell("load.failed", { action: "load", code: "worker_died" }).key).toBe("loadFailed");
  });
  it("names the owner before and after, and the edited fields otherwise", () => {
    expect(tell("model.updated", { before: { owner: "a" }, after: { owner: "b" } })).toMatchObject({
      key: "ownerChanged",
      values: { from: "a", to: "b" },
    });
    expect(
      tell("model.updated", { before: {}, after: { tags: "", description: "" } }),
    ).toMatchObject({ key: "edited", values: { fields: "tags, description" } });
  });
  it("still says something about an action that it does not know", () => {
    expect(tell("model.flown", {})).toMatchObject({
      key: "other",
      values: { action: "model.flown" },
    });
  });
});
