import createNextIntlPlugin from "next-intl/plugin";
import { ASSET_POLICY, COMMON_HEADERS } from "./lib/http/security-headers.ts";

const withNextIntl = createNextIntlPlugin("./lib/http/i18n-request.ts");

const isDevelopment = process.env.NODE_ENV === "development";

/** @type {import("next").NextConfig} */
const nextConfig = {
  distDir: process.env.NEXT_DIST_DIR ?? ".next",
  compress: false,
  poweredByHeader: false,
  // `npm run dev` is opened by either name of this machine.
  allowedDevOrigins: ["127.0.0.1"],
  reactStrictMode: true,
  typedRoutes: false,
  typescript: { ignoreBuildErrors: true },
  // What is left out of the bundle exists once; Turbopack copies everything else into a chunk of every route.
  serverExternalPackages: [
    "@node-rs/argon2",
    "jose",
    "rate-limiter-flexible",
    "zod",
    "yaml",
    "lru-cache",
    "@aws-sdk/client-s3",
    "@aws-sdk/s3-request-presigner",
    "pino",
    "pg",
    "formidable",
    "graphile-worker",
    "prom-client",
  ],
  // In production `lib/http/serve-routes.ts` serves the routes; Next would compile each of them for nothing.
  pageExtensions: isDevelopment ? ["tsx", "ts"] : ["tsx"],
  async headers() {
    const headers = Object.entries(COMMON_HEADERS).map(([key, value]) => ({ key, value }));
    // The policy of a page has a nonce, so the server sets it: scripts/lib/next-app.ts.
    const policy = { key: "content-security-policy", value: ASSET_POLICY };
    return [
      { source: "/(.*)", headers },
      { source: "/_next/(.*)", headers: [policy] },
    ];
  },
};

export default withNextIntl(nextConfig);
