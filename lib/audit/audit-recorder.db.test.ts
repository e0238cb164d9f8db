import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { AuditRecorder } from "./audit-recorder.ts";
import { recordDownload, recordRefusal, recordRefusedSession } from "./record-access.ts";

const registry = modelRegistry();
const origin = (address = "10.0.0.1", name = "ana") => ({
  actor: { id: `user-${name}`, name, tokenId: "token-1" },
  address,
  requestId: "r-1",
});
const MINUTE = Date.parse("2026-11-29T12:00:00Z");
let recorder: AuditRecorder;
const entries = async () => {
  await recorder.flush();
  return registry.ctx.db.auditEntry.findMany({ orderBy: { id: "asc" } });
};

beforeEach(async () => {
  await registry.clear();
  vi.useFakeTimers({ toFake: ["Date"], now: MINUTE });
  recorder = new AuditRecorder(registry.ctx.db, registry.ctx.log);
});
afterEach(async () => {
  await recorder.close();
  vi.useRealTimers();
});

it("writes the first of a kind at once, and the rest of its minute as one entry", async () => {
  const download = { model: "net", version: "1.0.0", path: "a.bin", bytes: 100 };
  for (let at = 0; at < 5; at += 1) recordDownload(recorder, origin(), download);
  expect(await entries()).toMatchObject([
    {
      action: "version.downloaded",
      actor: "ana",
      actorId: "user-ana",
      tokenId: "token-1",
      address: "10.0.0.1",
      requestId: "r-1",
      modelName: "net",
      version: "1.0.0",
      detail: { file: "a.bin", requests: 1, bytes: 100 },
    },
  ]);
  vi.setSystemTime(MINUTE + 60_000);
  expect(await entries()).toMatchObject([
    { detail: { requests: 1 } },
    { modelName: "net", version: "1.0.0", requestId: null, detail: { requests: 4, bytes: 400 } },
  ]);
  recordDownload(recorder, origin(), download);
  expect(await entries()).toHaveLength(3);
});

it("tells actors, addresses, tokens and files apart", async () => {
  const download = { model: "net", version: "1.0.0", path: "a.bin", bytes: 1 };
  recordDownload(recorder, origin(), download);
  recordDownload(recorder, origin("10.0.0.2"), download);
  recordDownload(recorder, origin("10.0.0.1", "bea"), download);
  recordDownload(recorder, origin(), { ...download, path: null });
  const other = { ...origin(), actor: { ...origin().actor, tokenId: "token-2" } };
  recordDownload(recorder, other, download);
  expect(await entries()).toHaveLength(5);
});

it("makes two entries a minute of a flood of refusals, and names no object that its reader may not see", async () => {
  for (let at = 0; at < 10_000; at += 1)
    recordRefusal(recorder, origin(), {
      permission: "model.read",
      code: "model_not_found",
      model: `secret-${at}`,
    });
  await recorder.close();
  const rows = await entries();
  expect(rows).toMatchObject([
    { action: "request.refused", modelName: "secret-0", detail: { requests: 1 } },
    { modelName: null, detail: { permission: "model.read", requests: 9_999 } },
  ]);
  expect(rows[1]).toHaveProperty("detail.objects", 20);
});

it("bounds what comes from ever other addresses", async () => {
  for (let at = 0; at < 30_000; at += 1)
    recordRefusal(recorder, origin(`2001:db8::${at.toString(16)}`), {
      permission: "model.read",
      code: "unauthenticated",
    });
  await recorder.close();
  const rows = await entries();
  expect(rows).toHaveLength(10_001);
  expect(rows.at(-1)).toMatchObject({
    actor: "several",
    address: null,
    detail: { requests: 20_000 },
  });
});

it("keeps of a hostile name what can be stored", async () => {
  const name = `\0\ud800${"x".repeat(10_000)}`;
  recordRefusedSession(recorder, { name, reason: "password", address: null, requestId: null });
  recordRefusal(recorder, origin(), { permission: "model.read", code: "forbidden", model: name });
  const rows = await entries();
  expect(rows).toHaveLength(2);
  for (const text of [rows[0]?.actor ?? "", rows[1]?.modelName ?? ""]) {
    expect(text).toHaveLength(200);
    expect(text.startsWith("\uFFFD\uFFFDx")).toBe(true);
  }
});

it("keeps entries while the database is away", async () => {
  const db = registry.ctx.db;
  let isAway = true;
  const away = new AuditRecorder(
    {
      $executeRaw: (...call: Parameters<typeof db.$executeRaw>) =>
        isAway ? Promise.reject(new Error("away")) : db.$executeRaw(...call),
    } as unknown as typeof db,
    registry.ctx.log,
  );
  recordRefusal(away, origin(), { permission: "model.read", code: "forbidden" });
  await away.flush();
  expect(await entries()).toEqual([]);
  isAway = false;
  await away.close();
  expect(await entries()).toHaveLength(1);
});
