import createNextIntlPlugin from "next-intl/plugin";
import { PAGE_REQUEST } from "./lib/http/page-request.ts";

const withNextIntl = createNextIntlPlugin("./lib/http/i18n-request.ts");

// Pages load nothing from elsewhere; Next's own inline bootstrap needs 'unsafe-inline'.
const contentSecurityPolicy = [
  "default-src 'self'",
  `script-src 'self' 'unsafe-inline'${process.env.NODE_ENV === "development" ? " 'unsafe-eval'" : ""}`,
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

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
  async headers() {
    return [
      {
        source:
          "/((?!api/v1/models/[^/]+/versions/[^/]+/files/|models/[^/]+/versions/[^/]+/files/).*)",
        headers: [
          { key: "Content-Security-Policy", value: contentSecurityPolicy },
          { key: "Referrer-Policy", value: "same-origin" },
          { key: "X-Content-Type-Options", value: "nosniff" },
          { key: "X-Frame-Options", value: "DENY" },
        ],
      },
    ];
  },
  async rewrites() {
    // The user document's paths (`curl http://host/models`): whoever does not ask for a page gets the API.
    return {
      beforeFiles: [
        { source: "/models", missing: PAGE_REQUEST, destination: "/api/v1/models" },
        {
          source: "/models/:path*",
          missing: PAGE_REQUEST,
          destination: "/api/v1/models/:path*",
        },
      ],
      afterFiles: [],
      fallback: [],
    };
  },
};

export default withNextIntl(nextConfig);
