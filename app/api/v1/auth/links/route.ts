import { redeemLink } from "#lib/accounts/redeem-link.ts";
import { redeemedLinkSchema, redeemLinkBody } from "#lib/accounts/schema.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/auth/links",
  operation: "redeem_link",
  permission: "public",
  summary: "Make an account by an invitation, or choose a password by a link",
  group: "Accounts",
  body: redeemLinkBody,
  responses: { 200: redeemedLinkSchema },
  errors: ["link_not_found", "account_exists", "rate_limited"],
  handle: ({ ctx, body }) => redeemLink(ctx, body),
});
