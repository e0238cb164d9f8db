import { expect, it } from "vitest";
import { PERMISSIONS } from "#lib/access/policy.ts";
import { PERMISSION_LABELS, permissionLabel } from "./permission-labels.ts";

it("names every permission of the policy, and no other", () => {
  expect(Object.keys(PERMISSION_LABELS).sort()).toEqual(Object.keys(PERMISSIONS).sort());
  expect(permissionLabel("toString")).toBeNull();
});
