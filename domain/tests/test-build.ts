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
  const own = "/.image-test";
  const mount = (from: string, source: string, target: string) =>
    `--mount=type=bind,from=${from},source=${source},target=${target}`;
  const spec = mount(contexts.suite, "spec.json", `${own}/spec.json`);
  // Empty, and anybody's to write: an image's user can make no file in it, and the results have to be in a layer to get out.
  const resultFile = (name: string) =>
    `COPY --from=${contexts.suite} --chown=0:0 --chmod=0666 empty.json ${own}/${name}.json`;
  const run = (name: string, mounts: readonly string[], args: readonly string[]) => {
    const command = JSON.stringify([`${own}/image-test`, ...args, `${own}/${name}.json`]);
    return `RUN --network=none ${[...mounts, spec].join(" ")} ${command}`;
  };
  const runs = Array.from({ length: groups }, (_, group) => {
    const name = stages.run(group);
    const runner = mount(contexts.runners, runnerName(platform), `${own}/image-test`);
    return [
      `FROM image AS ${name}`,
      resultFile(name),
      run(name, [runner], ["run", `${own}/spec.json`, String(group)]),
    ].join("\n");
  });
  const look = [
    `FROM --platform=$BUILDPLATFORM scratch AS ${stages.look}`,
    "ARG BUILDPLATFORM BUILDOS BUILDARCH BUILDVARIANT",
    resultFile(stages.look),
    run(
      stages.look,
      [
        // biome-ignore lint/suspicious/noTemplateCurlyInString: BuildKit replaces them
        mount(contexts.runners, "image-test-${BUILDOS}-${BUILDARCH}${BUILDVARIANT}", `${own}/image-test`),
        mount("image", "/", `${own}/image`),
      ],
      ["look", `${own}/spec.json`, `${own}/image`],
    ),
  ].join("\n");
  const taken = (name: string) => `COPY --from=${name} ${own}/${name}.json /`;
  const names = runs.map((_, group) => stages.run(group));
  return [
    `FROM --platform=${platform} ${image} AS image`,
    look,
    ...runs,
    `FROM scratch AS ${stages.static}\n${taken(stages.look)}`,
    `FROM ${stages.static} AS ${stages.all}\n${names.map(taken).join("\n")}`,
    "",
  ].join("\n\n");
}

/** Name of the program for a platform: `image-test-linux-arm64`, `image-test-linux-armv7`. */
export function runnerName(platform: string): string {
  const [os = "", architecture = "", variant = ""] = platform.split("/");
  return `image-test-${os}-${architecture}${variant}`;
}
