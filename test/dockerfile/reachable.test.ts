import assert from "node:assert/strict";
import { parseDockerfile } from "../../domain/dockerfile/parse.js";
import { findTarget, reachable } from "../../domain/dockerfile/reachable.js";

const LINES = [
  "# syntax=docker/dockerfile:1",
  "FROM one AS a",
  "FROM two AS b",
  "COPY --from=a /x /x",
  "FROM b AS c",
  "RUN --mount=from=three,target=/m true",
  "FROM four AS d",
  "RUN --mount=type=cache,from=c,target=/m true",
  "FROM five AS d",
];

function imagesFor(target?: string): readonly string[] {
  const { value: dockerfile } = parseDockerfile(LINES.join("\n"), "Dockerfile");
  const stage = findTarget(dockerfile, target, { file: "Dockerfile" }).value ?? assert.fail("no target");
  return reachable(dockerfile, stage).flatMap(({ resolution }) =>
    resolution.kind === "image" ? resolution.familiar : [],
  );
}

describe("reachable", () => {
  const syntax = "docker/dockerfile:1";
  const rows: readonly (readonly [target: string | undefined, images: readonly string[]])[] = [
    ["a", [syntax, "one"]],
    ["b", [syntax, "one", "two"]],
    ["C", [syntax, "one", "two", "three"]],
    ["d", [syntax, "five"]],
    [undefined, [syntax, "five"]],
  ];
  for (const [target, images] of rows) {
    it(`from ${target ?? "the last stage"}: ${images.join(", ")}`, () => assert.deepEqual(imagesFor(target), images));
  }

  it("follows every step of a chain of stages and copies", () => {
    const { value } = parseDockerfile([...LINES.slice(0, 8), "FROM d AS e"].join("\n"), "Dockerfile");
    const images = reachable(value, 4).flatMap(({ resolution }) =>
      resolution.kind === "image" ? resolution.familiar : [],
    );
    assert.deepEqual(images, [syntax, "one", "two", "three", "four"]);
  });

  it("joins what is reached on each platform, each reference once", () => {
    const text = "FROM x AS on-amd64\nFROM y AS on-arm64\nFROM z AS on-s390x\nFROM on-$TARGETARCH\nCOPY --from=w / /\n";
    const { value } = parseDockerfile(text, "Dockerfile", {}, ["linux/amd64", "linux/arm64"]);
    const written = reachable(value, 3).map((reference) => [reference.place.line, reference.resolution.kind]);
    assert.deepEqual(written, [
      [1, "image"],
      [2, "image"],
      [4, "stage"],
      [4, "stage"],
      [5, "image"],
    ]);
  });
});

describe("findTarget", () => {
  const { value: dockerfile } = parseDockerfile(LINES.join("\n"), "images/app/Dockerfile");
  const place = { file: "images/app/image.yaml", line: 4 };

  it("takes the last of the stages with one name", () => {
    assert.equal(findTarget(dockerfile, "D", place).value, 4);
  });

  it("knows no numbers, as BuildKit", () => {
    assert.equal(findTarget(dockerfile, "0", place).value, undefined);
  });

  it("blames the place where the target was chosen, and names the stages", () => {
    assert.deepEqual(findTarget(dockerfile, "e", place).problems, [
      {
        place,
        message: 'target "e" is no stage of images/app/Dockerfile.',
        remedy: 'Did you mean "a"? Stages: a, b, c, d.',
      },
    ]);
  });

  it("finds nothing where there is no stage", () => {
    const { value: empty } = parseDockerfile("", "Dockerfile");
    assert.deepEqual(findTarget(empty, undefined, place), { value: undefined, problems: [] });
  });
});
