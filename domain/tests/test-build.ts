import type { TestSuite } from "./types.js";

/** Named build contexts of a test build: the programs that run tests (`image-test-linux-arm64`), and what to test. */
export const contexts = { runners: "runners", suite: "suite" } as const;

/** Stages of a test build; each leaves its results in one file of that name. */
export const stages = {
  /** Looks at files and configuration, on the builder's own processor. */
  look: "look",
  /** Runs a group of commands in the image. */
  run: (group: number) => `run-${group}`,
  /** All results. */
  all: "results",
  /** The results that need nothing of the image to run. */
  static: "static",
} as const;

/**
 * The command tests that share a container, by index. One with a setup has its own, because what it sets up would be
 * there for others; the first group has the rest, and is there even without any.
 */
export function commandGroups({ commandTests }: Pick<TestSuite, "commandTests">): readonly (readonly number[])[] {
  const shared: number[] = [];
  const own: number[][] = [];
  for (const [index, { setup }] of commandTests.entries()) {
    if (setup.length === 0) shared.push(index);
    else own.push([index]);
  }
  return [shared, ...own];
}

/**
 * A Dockerfile whose build tests an image on one platform. It runs nothing but our own program, without a shell and
 * without network, and what it exports is a JSON file for each stage.
 *
 * @param image `<repository>@<digest>` of the platform's manifest
 */
export function testDockerfile(image: string, platform: string, groups: number): string {
  const names = Array.from({ length: groups }, (_, group) => stages.run(group));
  return [
    `FROM --platform=${platform} ${image} AS image`,
    // Copied, because permissions here are the builder's umask's; the program only once for all images.
    `FROM scratch AS runner\nCOPY --from=${contexts.runners} --chmod=0555 ${runnerName(platform)} /image-test`,
    "FROM --platform=$BUILDPLATFORM scratch AS looker\nARG BUILDOS BUILDARCH BUILDVARIANT",
    `COPY --from=${contexts.runners} --chmod=0555 image-test-$BUILDOS-$BUILDARCH$BUILDVARIANT /image-test`,
    `FROM scratch AS spec\nCOPY --from=${contexts.suite} --chmod=0444 spec.json /`,
    `FROM --platform=$BUILDPLATFORM scratch AS ${stages.look}\nARG BUILDPLATFORM`,
    ...testSteps(stages.look, "looker", [mount("image", "/", imageRoot)], ["look", specFile, imageRoot]),
    ...names.flatMap((name, group) => [
      `FROM image AS ${name}`,
      ...testSteps(name, "runner", [], ["run", specFile, String(group)]),
    ]),
    `FROM scratch AS ${stages.static}`,
    takeResult(stages.look),
    `FROM ${stages.static} AS ${stages.all}`,
    ...names.map(takeResult),
    "",
  ].join("\n");
}

const own = "/.image-test";
const specFile = `${own}/spec.json`;
const imageRoot = `${own}/image`;

function testSteps(
  stage: string,
  program: string,
  mounts: readonly string[],
  args: readonly string[],
): readonly string[] {
  const result = `${own}/${stage}.json`;
  const all = [mount(program, "/image-test", `${own}/image-test`), mount("spec", "/spec.json", specFile), ...mounts];
  return [
    // Empty, and anybody's to write: an image's user may make no file, and results have to lie in a layer to get out.
    // The mode is that of the new folder, too.
    `COPY --from=${contexts.suite} --chown=0:0 --chmod=0777 empty.json ${result}`,
    `RUN --network=none ${all.join(" ")} ${JSON.stringify([`${own}/image-test`, ...args, result])}`,
  ];
}

function mount(from: string, source: string, target: string): string {
  return `--mount=type=bind,from=${from},source=${source},target=${target}`;
}

function takeResult(stage: string): string {
  return `COPY --from=${stage} ${own}/${stage}.json /`;
}

/** Name of the program for a platform: `image-test-linux-arm64`, `image-test-linux-armv7`. */
export function runnerName(platform: string): string {
  const [os = "", architecture = "", variant = ""] = platform.split("/");
  return `image-test-${os}-${architecture}${variant}`;
}
