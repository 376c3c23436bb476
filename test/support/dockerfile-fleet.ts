import type { Catalogue, ManagedImage, Variant } from "../../domain/catalogue/types.js";

/** A catalogue with a Dockerfile for each of its images, by image name. */
export interface DockerfileFleet {
  readonly catalogue: Catalogue;
  readonly texts: ReadonlyMap<string, string>;
}

/** A managed image with one unnamed variant; `overrides` replace what a test is about. */
export function managedImage(name: string, overrides: Partial<ManagedImage> = {}): ManagedImage {
  const directory = `images/${name}`;
  return {
    kind: "application",
    name,
    directory,
    dockerfile: `${directory}/Dockerfile`,
    place: { file: `${directory}/Dockerfile` },
    platforms: ["linux/amd64", "linux/arm64"],
    variants: [variant()],
    tags: { channel: true, commit: false },
    runner: "cpu",
    compression: "gzip",
    rebuild: { delayMs: 0, autoRebuild: true },
    labels: {},
    mixins: [],
    secrets: [],
    ...overrides,
  };
}

export function variant(overrides: Partial<Variant> = {}): Variant {
  return { name: "", args: {}, place: { file: "image.yaml" }, ...overrides };
}

export function catalogueOf(images: readonly ManagedImage[]): Catalogue {
  return {
    images: images.toSorted((left, right) => (left.name < right.name ? -1 : 1)),
    mixins: [],
    externals: [],
    remotes: [],
    includes: [],
    defaults: { platforms: ["linux/amd64"], rebuild: { delayMs: 0, autoRebuild: true } },
  };
}

/** `count` images, one in fifty a base, whose Dockerfiles have some 1.7 kB and the variety of real ones. */
export function generateFleet(count: number): DockerfileFleet {
  const bases = Math.max(1, Math.floor(count / 50));
  const texts = new Map<string, string>();
  const images: ManagedImage[] = [];
  for (let index = 0; index < count; index += 1) {
    const isBase = index < bases;
    const name = `${isBase ? "base" : "service"}-${String(index).padStart(6, "0")}`;
    const parent = index === 0 ? undefined : `base-${String(isBase ? index >> 1 : index % bases).padStart(6, "0")}`;
    images.push(managedImage(name, { kind: isBase ? "base" : "application" }));
    texts.set(name, dockerfileText(index, parent));
  }
  return { catalogue: catalogueOf(images), texts };
}

function dockerfileText(index: number, parent: string | undefined): string {
  const base = parent === undefined ? "docker.io/library/debian:13" : `factory.invalid/${parent}`;
  const stages = [header(index), toolchainStage(index), buildStage(index), finalStage(index, base)];
  const text = stages.join("\n");
  return index % 23 === 0 ? text.replaceAll("\n", "\r\n") : text;
}

function header(index: number): string {
  const directive = index % 41 === 0 ? "# escape=\\\n" : "";
  return `${directive}# Service ${index}: built in two stages, so that compilers stay out of what runs.
# Owner: team-${index % 17}. Ask there before you change the ports.
ARG GO_VERSION=1.${20 + (index % 6)}
ARG TOOL_REGISTRY=registry.example.com/tools
`;
}

function toolchainStage(index: number): string {
  const image = index % 3 === 0 ? `\${TOOL_REGISTRY}/go:\${GO_VERSION}-trixie` : `golang:1.${20 + (index % 6)}`;
  return `FROM --platform=$BUILDPLATFORM ${image} AS toolchain
ENV CGO_ENABLED=0 GOFLAGS=-trimpath
RUN set -eux; \\
    apt-get update; \\
    # The list is sorted, one package a line.
    apt-get install -y --no-install-recommends \\
      build-essential \\
      ca-certificates \\
      git \\
      make \\
      pkg-config \\
    ; \\
    rm -rf /var/lib/apt/lists/*
`;
}

function buildStage(index: number): string {
  const heredoc = `RUN <<EOF
set -eu
echo "FROM here nothing is an instruction: COPY --from=nowhere"
make -C /src test
EOF`;
  return `FROM toolchain AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=bind,from=registry.example.com/tools/lint:${index % 9},target=/lint \\
    go mod download && /lint/golangci-lint version
COPY . .
${index % 7 === 0 ? heredoc : "RUN make test"}
RUN --mount=type=cache,target=/var/cache/go-build \\
    go build -ldflags="-s -w -X main.version=${index}" -o /out/service-${index} ./cmd/service
`;
}

function finalStage(index: number, base: string): string {
  const assets = index % 2 === 0 ? "\nCOPY --from=registry.example.com/web/assets:v2 /assets /srv/assets" : "";
  return `FROM ${base}
ARG REVISION=unknown
LABEL org.opencontainers.image.title="service-${index}" \\
      org.opencontainers.image.revision="\${REVISION}" \\
      org.opencontainers.image.vendor="Example"
ENV PORT=${8000 + (index % 1000)} \\
    LOG_LEVEL=info
COPY --from=build /out/service-${index} /usr/local/bin/service
COPY --from=1 --chown=65532:65532 /src/config /etc/service${assets}
EXPOSE ${8000 + (index % 1000)}
HEALTHCHECK --interval=30s CMD ["/usr/local/bin/service", "health"]
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/service"]
CMD ["serve", "--config", "/etc/service/config.yaml"]
`;
}
