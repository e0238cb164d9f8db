import { describe, expect, it } from "vitest";
import { readRequestTarget, TargetRefusal } from "./request-target.ts";

describe("readRequestTarget", () => {
  it.each([
    ["/", "/", null],
    ["/api/v1/models?query=//..%zz", "/api/v1/models?query=//..%zz", null],
    ["/models/", "/models/", null],
    ["/models/a%2Fb/versions/@champion/files/...x/.y", undefined, null],
    ["http://a.example:80/x?y", "/x?y", "a.example:80"],
    ["HTTPS://a.example", "/", "a.example"],
    ["http://a.example?x", "/?x", "a.example"],
    ["http://", "/", ""],
  ])("reads %s", (target, url = target, authority) => {
    expect(readRequestTarget(target)).toEqual({ url, authority });
  });

  it.each([
    ["*", "neither"],
    ["models", "neither"],
    ["?x", "neither"],
    ["ftp://a.example/x", "neither"],
    ["a.example:443", "neither"],
    ["//", "empty segment"],
    ["//a.example/x", "empty segment"],
    ["/api//v1", "empty segment"],
    ["http://a.example//b", "empty segment"],
    ["/api/../x", "segment"],
    ["/api/v1/..", "segment"],
    ["/./x", "segment"],
    ["/api/%2e%2E/x", "segment"],
    ["/api/.%2e?x", "segment"],
    ["/a\\b", "backslash"],
    ["/%5Ca.example", "backslash"],
    ["/a%00b", "NUL"],
    ["/%zz", "percent-encoded"],
    ["/%", "percent-encoded"],
    ["/%ff", "percent-encoded"],
    ["/a#b", "fragment"],
    ["/a?b#c", "fragment"],
  ])("refuses %s", (target, reason) => {
    const refusal = readRequestTarget(target);
    expect(refusal).toBeInstanceOf(TargetRefusal);
    expect((refusal as TargetRefusal).reason).toContain(reason);
  });
});
