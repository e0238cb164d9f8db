import { expect, it } from "vitest";
import { localPath } from "./local-path.ts";

it.each([
  ["/models/net?tab=card#x", "/models/net?tab=card#x"],
  ["models", "/models"],
  ["", "/"],
  [null, "/"],
  ["https://evil.test/", "/"],
  ["//evil.test", "/"],
  ["/\\evil.test", "/"],
  ["\\\\evil.test", "/"],
  ["/\t/evil.test", "/"],
  ["/.//evil.test", "/"],
  ["javascript:alert(1)", "/"],
  ["data:text/html,x", "/"],
  ["http://here.invalid@evil.test/", "/"],
  ["http://127.0.0.1:8107.evil.test/", "/"],
])("%j leads to %j", (asked, path) => {
  expect(localPath(asked)).toBe(path);
});
