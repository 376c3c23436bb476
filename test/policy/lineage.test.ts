import assert from "node:assert/strict";
import { parseDockerfile } from "../../domain/dockerfile/parse.js";
import { type FindBase, lineagesOf } from "../../domain/policy/lineage.js";
import { formatPlace } from "../../domain/problems.js";

const platforms = ["linux/amd64", "linux/arm64"];

function read(file: string, ...lines: readonly string[]) {
  return parseDockerfile(lines.join("\n"), file, {}, platforms).value;
}

/** Each lineage as its stages' places and how it ends. */
function told(dockerfile: ReturnType<typeof read>, target: number, findBase: FindBase) {
  return lineagesOf(dockerfile, target, platforms, findBase).map(({ stages, end }) => [
    ...stages.map(({ place }) => formatPlace(place)),
    end.kind === "empty" ? "empty" : end.reason,
  ]);
}

describe("a lineage", () => {
  const base = read("base", "FROM scratch AS root", "FROM root", "USER 1");

  it("goes through stages and bases down to scratch", () => {
    const app = read("app", "FROM factory.invalid/base AS build", "FROM scratch", "FROM build");
    assert.deepEqual(
      told(app, 2, () => ({ kind: "built", dockerfile: base, target: 1 })),
      [["app:3", "app:1", "base:2", "base:1", "empty"]],
    );
  });

  it("ends at an image without configuration", () => {
    const app = read("app", "FROM factory.invalid/pool/base");
    assert.deepEqual(
      told(app, 0, () => ({ kind: "empty" })),
      [["app:1", "empty"]],
    );
  });

  it("ends at an image that is not built here", () => {
    const app = read("app", "FROM nginx");
    assert.deepEqual(
      told(app, 0, () => undefined),
      [["app:1", "nginx is not built here"]],
    );
  });

  it("ends where a name cannot be resolved", () => {
    const app = read("app", "ARG BASE", "FROM $BASE");
    const [lineage] = told(app, 0, () => undefined);
    assert.equal(lineage?.length, 2);
    assert.notEqual(lineage?.[1], "empty");
  });

  it("ends where images stand on each other in a circle", () => {
    const app = read("app", "FROM factory.invalid/app");
    assert.deepEqual(
      told(app, 0, () => ({ kind: "built", dockerfile: app, target: 0 })),
      [["app:1", "the images stand on each other in a circle"]],
    );
  });

  it("is one for each platform where they differ", () => {
    const app = read("app", "FROM factory.invalid/base-$TARGETARCH");
    const arm: FindBase = (name) => (name.includes("arm64") ? { kind: "empty" } : undefined);
    assert.deepEqual(told(app, 0, arm), [
      ["app:1", "factory.invalid/base-amd64 is not built here"],
      ["app:1", "empty"],
    ]);
  });
});
