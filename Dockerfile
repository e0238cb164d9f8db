# The registry as an image: the server, its own PostgreSQL (used unless DATABASE_URL is set), nothing else.
#
#   docker build -t cluster-ai/model-registry .
#   docker run -p 8080:8080 -v model-registry:/data cluster-ai/model-registry
#
# docs/deploy.md has the settings. BASE is any Debian-like image with Node 24, so that the image can be built where
# Docker's hub cannot be reached (deploy/image/try-image.sh).
ARG BASE=node:24-bookworm-slim

# hadolint ignore=DL3006
FROM ${BASE} AS build
WORKDIR /app
ENV NODE_ENV=production NEXT_TELEMETRY_DISABLED=1
# The packages are a layer of their own, which stays while only sources change.
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund
COPY . .
RUN node scripts/start.mjs --prepare \
    && node deploy/image/prune.mjs

# hadolint ignore=DL3006
FROM ${BASE}
# PostgreSQL refuses to run for a user without a name, and as root.
RUN groupadd --gid 10001 registry \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin registry \
    && install -d -o registry -g registry -m 0750 /data
WORKDIR /app
COPY --from=build /app /app
ENV NODE_ENV=production \
    MODEL_REGISTRY_STORAGE__BASE_PATH=/data
USER 10001:10001
VOLUME /data
EXPOSE 8080
# A stop waits for uploads in progress: give it 60 s (docker stop --time 60).
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s \
    CMD ["node", "deploy/image/health.mjs"]
ENTRYPOINT ["node", "scripts/start.mjs"]
