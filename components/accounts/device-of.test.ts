import { expect, it } from "vitest";
import { deviceOf } from "./device-of.ts";

it("names browser and system of common user agents", () => {
  const chrome =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36";
  expect(deviceOf(chrome)).toBe("Chrome, Linux");
  expect(deviceOf(`${chrome} Edg/140.0`)).toBe("Edge, Linux");
  expect(
    deviceOf(
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1",
    ),
  ).toBe("Safari, iOS");
  expect(deviceOf("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0")).toBe(
    "Firefox, Windows",
  );
});

it("says nothing that a stranger made up", () => {
  expect(deviceOf(null)).toBeNull();
  expect(deviceOf("<script>alert(1)</script>")).toBeNull();
  expect(deviceOf("Firefox/".repeat(10_000))).toBe("Firefox");
});
