# The server as an image: `docker build -t jarvis .` (or podman, buildah). What it takes and how it is run: docs/operations.md.
#
# Both bases can be replaced, by a mirror's or by pinned digests: `--build-arg BUN_IMAGE=…`.
ARG NODE_IMAGE=docker.io/library/node:20-bookworm-slim
ARG BUN_IMAGE=docker.io/oven/bun:1.4.5-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
# What the packages are depends on these alone, so that a change of the sources does not fetch them again.
COPY package.json package-lock.json .npmrc ./
COPY packages/contract/package.json packages/contract/
COPY packages/sdk/package.json packages/sdk/
COPY packages/server/package.json packages/server/
RUN npm ci --omit=dev --workspace @jarvis/server
COPY LICENSE ./
COPY packages/contract/src packages/contract/src/
COPY packages/server/bin packages/server/bin/
COPY packages/server/src packages/server/src/
COPY scripts/image scripts/image/
# Bun comes with the other base; tests and caches stay behind.
RUN node scripts/image/slim.mjs && node scripts/image/sbom.mjs > sbom.cdx.json && rm -r scripts && mkdir /data

FROM ${BUN_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=
ARG CREATED=
LABEL org.opencontainers.image.title="Jarvis" \
      org.opencontainers.image.description="Gets a group of friends to the same place at the same time" \
      org.opencontainers.image.licenses="AGPL-3.0-or-later" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
COPY --from=build /app /app
COPY --from=build /app/packages/server/bin/jarvis.sh /usr/local/bin/jarvis
COPY --from=build --chown=10001:10001 /data /data
# Bun would keep what it has compiled in a folder of its own; the root file system may be read-only.
ENV BUN_RUNTIME_TRANSPILER_CACHE_PATH=0 \
    JARVIS_DATABASE_URL=sqlite:/data/jarvis.db
# By number, so that "must not run as root" can be checked without looking into the image.
USER 10001:10001
# Folders that settings name without a beginning are below the volume: `data` is /data.
WORKDIR /
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["bun", "--no-install", "/app/packages/server/bin/health.mjs"]
# Not through a shell or npm: the server itself has to be the process that gets the signal to stop.
ENTRYPOINT ["bun", "--no-install", "/app/packages/server/src/cli.ts"]
CMD ["serve"]
