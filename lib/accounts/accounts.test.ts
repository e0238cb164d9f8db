import { expect, it } from "vitest";
import { changesRights } from "./accounts.ts";

it.each([
  "account.created",
  "account.updated",
  "account.left",
  "group.updated",
  "group.removed",
  "grant.set",
  "grant.removed",
  "token.revoked",
  "session.ended",
  "model.created",
  "model.purged",
])("%s by another server makes this one ask again", (action) => {
  expect(changesRights(action)).toBe(true);
});

it.each(["session.started", "token.created", "version.registered", "model.updated", "x.account.y"])(
  "%s changes nobody's rights",
  (action) => {
    expect(changesRights(action)).toBe(false);
  },
);
