import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { translator } from "../messages/translate.ts";
import { chooseServer, parseUrl } from "./choose-server.ts";
import { credentialsFile, readCredentials, writeCredentials } from "./credentials.ts";

const t = translator("en");

describe("the server", () => {
  const file = {
    current: "http://file:1",
    servers: {
      "http://file:1": { token: "file-token" },
      "http://other:1": { token: "other-token" },
    },
  };
  const none = { current: null, servers: {} };

  it("is the one of the flag, the environment, the last login, this machine, in this order", () => {
    const env = { MODEL_REGISTRY_URL: "http://env:1/", MODEL_REGISTRY_TOKEN: "env-token" };
    expect(chooseServer({ url: "http://flag:1", token: "flag-token" }, env, file, t)).toEqual({
      url: "http://flag:1",
      urlSource: "flag",
      token: "flag-token",
      tokenSource: "flag",
    });
    expect(chooseServer({}, env, file, t)).toMatchObject({
      url: "http://env:1",
      token: "env-token",
    });
    expect(chooseServer({}, {}, file, t)).toMatchObject({
      url: "http://file:1",
      token: "file-token",
    });
    expect(chooseServer({}, {}, none, t)).toMatchObject({
      url: "http://localhost:8080",
      urlSource: "default",
      token: null,
      tokenSource: "none",
    });
  });

  it("never gets the token of another one", () => {
    expect(chooseServer({ url: "http://new:1" }, {}, file, t).token).toBeNull();
    expect(chooseServer({ url: "http://other:1/" }, {}, file, t).token).toBe("other-token");
  });

  it.each([
    "",
    "localhost:8080",
    "ftp://x",
    "http://",
    "http://u:p@x",
    "http://x/?a=b",
    "file:///etc",
  ])("is not %j", (url) => {
    expect(() => parseUrl(url, t)).toThrow();
  });

  it("and its token are never taken from elsewhere when a flag is empty", () => {
    expect(() => chooseServer({ token: "" }, {}, file, t)).toThrow("empty");
    expect(() => chooseServer({ url: "" }, {}, file, t)).toThrow("not the address");
  });

  it("may be below a path, and a token has no characters of headers", () => {
    expect(parseUrl("https://x/registry//", t)).toBe("https://x/registry");
    expect(() => chooseServer({ token: "a\r\nx: y" }, {}, none, t)).toThrow("characters");
  });
});

describe("credentials", () => {
  let env: { XDG_CONFIG_HOME: string };
  let file: string;
  const warnings: string[] = [];
  const read = () => readCredentials(file, (problem) => warnings.push(problem));
  beforeEach(() => {
    env = { XDG_CONFIG_HOME: mkdtempSync(join(tmpdir(), "credentials-")) };
    file = credentialsFile(env);
    warnings.length = 0;
  });
  afterEach(() => rmSync(env.XDG_CONFIG_HOME, { recursive: true, force: true }));

  it("are for their owner only, from the first moment", async () => {
    const before = process.umask(0);
    await writeCredentials(file, { current: "http://a", servers: { "http://a": { token: "t" } } });
    process.umask(before);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
    expect(await read()).toEqual({ current: "http://a", servers: { "http://a": { token: "t" } } });
    expect(warnings).toEqual([]);
  });

  it("that others could read are closed to them, and that is said", async () => {
    await writeCredentials(file, { current: null, servers: {} });
    chmodSync(file, 0o644);
    await read();
    expect(warnings).toEqual(["open"]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.each(["", "{", "null", '{"servers": 1}', '{"current":1,"servers":{}}', "x".repeat(100_000)])(
    "that are damaged (%#) are none",
    async (text) => {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text, { mode: 0o600 });
      expect(await read()).toEqual({ current: null, servers: {} });
      expect(warnings).toEqual(["damaged"]);
      expect(readFileSync(file, "utf8")).toBe(text);
    },
  );
});
