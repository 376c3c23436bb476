// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables of Dockerfiles
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDockerfile } from "../../domain/dockerfile/parse.js";
import { findTarget, reachable } from "../../domain/dockerfile/reachable.js";
import { findBuildRecord, readResolvedDependencies, SLSA_PROVENANCE } from "../../provider/buildkit/build-record.js";
import { type RunResult, run } from "../../tools/machine/run.js";
import { trueProgram } from "../support/true-program.js";
import { useServices } from "../support/with-services.js";

/** Every Dockerfile below may name these; each stands for an image of its own in the test's registry. */
const NAMES = [
  "base",
  "other",
  "tool:2",
  "factory.invalid/python",
  "img-amd64",
  "img-arm64",
  "variant-x",
  "0",
] as const;

interface Row {
  readonly name: string;
  readonly lines: readonly string[];
  readonly args?: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly platforms?: readonly string[];
  /** Familiar names of what must be found; our answer and BuildKit's are both held to it. */
  readonly expected: readonly string[];
}

const rows: readonly Row[] = [
  { name: "a plain base", lines: ["FROM base"], expected: ["base"] },
  { name: "a base of ours", lines: ["FROM factory.invalid/python"], expected: ["factory.invalid/python"] },
  { name: "the tag latest", lines: ["FROM docker.io/library/base:latest"], expected: ["base"] },
  { name: "scratch", lines: ["FROM scratch", "COPY f /f"], expected: [] },
  {
    name: "a chain of stages, one of them unused",
    lines: ["FROM base AS a", "FROM other AS unused", "FROM a AS b", "FROM b"],
    expected: ["base"],
  },
  {
    name: "a target in another case",
    lines: ["FROM base AS First", "FROM other AS second"],
    target: "FIRST",
    expected: ["base"],
  },
  {
    name: "COPY --from a stage by number, by name in another case, and an image",
    lines: [
      "FROM base AS a",
      "FROM other AS b",
      "FROM scratch",
      "COPY --from=0 /f /0",
      "COPY --from=B /f /1",
      "COPY --from=tool:2 /f /2",
    ],
    expected: ["base", "other", "tool:2"],
  },
  {
    name: "COPY --from a stage that copies",
    lines: ["FROM base AS a", "COPY --from=other /f /o", "FROM scratch", "COPY --from=a /f /f"],
    expected: ["base", "other"],
  },
  {
    name: "a number in FROM is an image",
    lines: ["FROM base AS a", "FROM 0", "COPY --from=a /f /g"],
    expected: ["0", "base"],
  },
  {
    name: "global ARG defaults and build arguments",
    lines: ["ARG KIND=none", "ARG NAME=variant-${KIND}", "FROM ${NAME:-base}"],
    args: { KIND: "x" },
    expected: ["variant-x"],
  },
  {
    name: "substitutions with modifiers",
    lines: ["ARG V=2.13.1", "FROM tool:${V%%.*} AS a", "FROM ${UNSET:-base}${V:+}", "COPY --from=a /f /g"],
    expected: ["base", "tool:2"],
  },
  {
    name: "a name that depends on the platform",
    lines: ["FROM img-${TARGETARCH}"],
    platforms: ["linux/amd64", "linux/arm64"],
    expected: ["img-amd64", "img-arm64"],
  },
  {
    name: "a stage that depends on the platform",
    lines: ["FROM base AS for-amd64", "FROM other AS for-arm64", "FROM tool:2 AS for-riscv64", "FROM for-$TARGETARCH"],
    platforms: ["linux/amd64", "linux/arm64"],
    expected: ["base", "other"],
  },
  {
    name: "--platform",
    lines: ["FROM --platform=$BUILDPLATFORM base AS a", "FROM --platform=linux/arm64 other", "COPY --from=a /f /g"],
    expected: ["base", "other"],
  },
  {
    name: "ONBUILD of a stage, for the stage on it only",
    lines: ["FROM base AS a", "ONBUILD COPY --from=other /f /o", "FROM a AS b", "FROM b"],
    expected: ["base", "other"],
  },
  {
    name: "ONBUILD of a stage that nothing stands on",
    lines: ["FROM base", "ONBUILD COPY --from=other /f /o"],
    expected: ["base"],
  },
  {
    name: "several mounts in one RUN, of stages and images",
    lines: [
      "FROM base AS a",
      "FROM other AS b",
      "FROM factory.invalid/python",
      "RUN --mount=type=bind,from=a,target=/a --mount=type=cache,from=tool:2,target=/c \\",
      '  --mount=target=/b,FROM=B ["/true"]',
    ],
    expected: ["base", "factory.invalid/python", "other", "tool:2"],
  },
  {
    name: "a mount knows no stage numbers",
    lines: ["FROM base AS a", "FROM other", 'RUN --mount=from=0,target=/m ["/true"]'],
    expected: ["0", "other"],
  },
  {
    name: "heredocs, continuations and comments",
    lines: ["FROM \\", "# FROM other", "  base", "COPY <<EOF /text", "FROM tool:2", "COPY --from=other / /", "EOF"],
    expected: ["base"],
  },
  {
    name: "the escape directive",
    lines: ["# escape=`", "FROM base", "COPY --from=other `", "  /f /g", "COPY f C:\\"],
    expected: ["base", "other"],
  },
  {
    name: "a byte order mark and CRLF",
    lines: ["\uFEFFFROM base\r", 'COPY --from=other ["/f", "/g"]\r'],
    expected: ["base", "other"],
  },
];

const refused: readonly (readonly [name: string, lines: readonly string[], target?: string])[] = [
  ["a later stage in COPY --from", ["FROM base AS a", "COPY --from=b /f /g", "FROM a AS b"]],
  ["a copy from the stage itself", ["FROM base AS a", "COPY --from=a /f /g"]],
  ["a variable in COPY --from", ["ARG B=base", "FROM base", "COPY --from=$B /f /g"]],
  ["a variable in a mount", ["ARG B=base", "FROM base", "RUN --mount=from=$B,target=/m true"]],
  ["a stage number that is not there", ["FROM base", "COPY --from=7 /f /g"]],
  ["a target by number", ["FROM base AS a", "FROM base"], "0"],
  ["an upper-case stage in FROM", ["FROM base AS build", "FROM Build"]],
  ["a stage name that no image can have", ["FROM base AS a_"]],
  ["a variable without value", ["FROM tool:${V}"]],
  ["an unknown flag", ["FROM base", "COPY --form=base /f /g"]],
  ["a heredoc without end", ["FROM base", "COPY <<EOF /f", "text"]],
  ["an instruction before FROM", ["LABEL a=b", "FROM base"]],
];

describe("references and BuildKit's own record", () => {
  const services = useServices();
  let root = "";
  const pins = new Map<string, string>();

  before(async () => {
    root = mkdtempSync(join(tmpdir(), "references-"));
    for (const [index, name] of NAMES.entries()) {
      const repository = `${services().registry}/pinned/${index}`;
      const output = ["--output", `type=image,name=${repository},push=true`];
      const { result, digest } = await build(
        `image-${index}`,
        ["FROM scratch", "COPY f true /"],
        ["linux/amd64", "linux/arm64"],
        output,
        name,
      );
      assert.equal(result.code, 0, result.stderr);
      pins.set(name, `${repository}@${digest}`);
    }
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  for (const { name, lines, args = {}, target, platforms = ["linux/amd64"], expected } of rows) {
    it(`${name}: ${expected.join(", ") || "nothing"}`, async () => {
      const text = lines.join("\n");
      const { value: dockerfile, problems } = parseDockerfile(text, "Dockerfile", args, platforms);
      assert.deepEqual(problems, []);
      const stage = findTarget(dockerfile, target, { file: "Dockerfile" }).value ?? assert.fail("no target");
      const ours = reachable(dockerfile, stage).flatMap(({ resolution }) => {
        assert.notEqual(resolution.kind, "unresolved");
        return resolution.kind === "image" ? resolution.familiar : [];
      });
      assert.deepEqual([...new Set(ours)].sort(), expected);

      // A label of its own gives every row a digest of its own.
      const options = Object.entries(args).flatMap(([key, value]) => ["--opt", `build-arg:${key}=${value}`]);
      if (target !== undefined) options.push("--opt", `target=${target}`);
      const output = ["--output", `type=image,name=${services().registry}/built,push=true,push-by-digest=true`];
      const { result, digest } = await build(name, lines, platforms, [...options, ...contexts(), ...output], name);
      assert.equal(result.code, 0, result.stderr);
      const dependencies = await readResolvedDependencies(services().buildkitHost, digest, buildctl());
      const theirs = dependencies?.map(({ digest: { sha256 } }) => nameOf(`sha256:${sha256}`));
      assert.deepEqual([...new Set(theirs)].sort(), expected);
    });
  }

  for (const [name, lines, target] of refused) {
    it(`BuildKit and we refuse ${name}`, async () => {
      const { value: dockerfile, problems } = parseDockerfile(lines.join("\n"), "Dockerfile");
      const found = findTarget(dockerfile, target, { file: "Dockerfile" });
      const unresolved = reachable(dockerfile, found.value ?? -2).filter(
        ({ resolution }) => resolution.kind === "unresolved",
      );
      assert.ok(problems.length + found.problems.length + unresolved.length > 0, "we accept it");
      const options = target === undefined ? [] : ["--opt", `target=${target}`];
      const { result } = await build(name, lines, ["linux/amd64"], [...options, ...contexts()], name);
      assert.notEqual(result.code, 0, "BuildKit accepts it");
    });
  }

  it("take a stage for its image where both have one name, which is why the graph refuses that", async () => {
    const lines = ["FROM base AS base", "LABEL lost=yes", "FROM base", "LABEL kept=yes"];
    const reference = `${services().registry}/built:hidden`;
    const output = ["--output", `type=image,name=${reference},push=true`];
    const { result } = await build("hidden", lines, ["linux/amd64"], [...contexts(), ...output], "hidden");
    assert.equal(result.code, 0, result.stderr);
    const { stdout } = await run(services().toolchain.program("crane"), ["config", reference]);
    assert.match(stdout, /"kept":"yes"/);
    assert.doesNotMatch(stdout, /lost/);
  });

  it("a record names the provenance of every platform", async () => {
    const digest = pins.get("base")?.split("@")[1] ?? "";
    const record = await findBuildRecord(services().buildkitHost, digest, buildctl());
    assert.deepEqual(record?.attestations.map(({ platform, predicateType }) => [platform, predicateType]).sort(), [
      ["linux/amd64", SLSA_PROVENANCE],
      ["linux/arm64", SLSA_PROVENANCE],
    ]);
  });

  it("of a digest that was never built there is no record", async () => {
    const unknown = `sha256:${"0".repeat(64)}`;
    assert.equal(await readResolvedDependencies(services().buildkitHost, unknown, buildctl()), undefined);
  });

  function buildctl(): { readonly buildctl: string } {
    return { buildctl: services().toolchain.program("buildctl") };
  }

  function contexts(): readonly string[] {
    return [...pins].flatMap(([name, pin]) => ["--opt", `context:${name}=docker-image://${pin}`]);
  }

  function nameOf(digest: string): string {
    return [...pins].find(([, pin]) => pin.endsWith(digest))?.[0] ?? digest;
  }

  async function build(
    folder: string,
    lines: readonly string[],
    platforms: readonly string[],
    options: readonly string[],
    content: string,
  ): Promise<{ readonly result: RunResult; readonly digest: string }> {
    const context = join(root, folder.replaceAll(/\W+/g, "-"));
    mkdirSync(context, { recursive: true });
    writeFileSync(join(context, "Dockerfile"), lines.join("\n"));
    writeFileSync(join(context, "f"), content);
    writeFileSync(join(context, "true"), trueProgram(), { mode: 0o755 });
    const metadata = join(context, "metadata.json");
    const result = await run(services().toolchain.program("buildctl"), [
      ...["--addr", services().buildkitHost, "build", "--frontend", "dockerfile.v0", "--progress", "plain"],
      ...["--local", `context=${context}`, "--local", `dockerfile=${context}`, "--metadata-file", metadata],
      ...["--opt", `platform=${platforms.join(",")}`, "--opt", `label:row=${content}`],
      ...options,
    ]);
    const digest = result.code === 0 && options.includes("--output") ? digestIn(metadata) : "";
    return { result, digest };
  }
});

function digestIn(metadata: string): string {
  const parsed: unknown = JSON.parse(readFileSync(metadata, "utf8"));
  assert.ok(typeof parsed === "object" && parsed !== null && "containerimage.digest" in parsed);
  return String(parsed["containerimage.digest"]);
}
