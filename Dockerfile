# Build: compile, then keep only what serving needs.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build && npm prune --omit=dev --ignore-scripts
# onnxruntime-node carries the binaries of every platform: 288 MB, of which one is used.
RUN set -eu; arch=$(node -p process.arch); \
    cd node_modules/onnxruntime-node/bin/napi-v6; rm -rf darwin win32; \
    find linux -mindepth 1 -maxdepth 1 ! -name "$arch" -exec rm -rf {} +

# Serve: no shell, no package manager, not root.
FROM gcr.io/distroless/nodejs24-debian12:nonroot
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
COPY proto proto
COPY models models
USER 65532:65532
EXPOSE 9090 9091
ENTRYPOINT ["/nodejs/bin/node", "dist/cli/main.js"]
CMD ["serve"]
