import assert from "node:assert/strict";
import fc from "fast-check";
import type { Catalogue, ManagedImage } from "../../domain/catalogue/types.js";
import { variantId } from "../../domain/catalogue/types.js";
import { parseDockerfile } from "../../domain/dockerfile/parse.js";
import type { Dockerfile } from "../../domain/dockerfile/types.js";
import { buildGraph } from "../../domain/graph/build.js";
import { affectedBy, neededFor } from "../../domain/graph/closure.js";
import { managedIds } from "../../domain/graph/dependencies.js";
import { waves } from "../../domain/graph/order.js";
import type { ImageGraph } from "../../domain/graph/types.js";
import type { Checked } from "../../domain/problems.js";
import { catalogueOf, managedImage, variant } from "../support/dockerfile-fleet.js";

const LOCK = { file: "bases/debian/packages.lock.json", poolDigest: `sha256:${"0".repeat(64)}`, overlay: false };

function graphOf(
  texts: Readonly<Record<string, string>>,
  overrides: Readonly<Record<string, Partial<ManagedImage>>> = {},
) {
  const images = Object.keys(texts).map((name) => managedImage(name, overrides[name]));
  return graphOfCatalogue(catalogueOf(images), texts);
}

function graphOfCatalogue(catalogue: Catalogue, texts: Readonly<Record<string, string>>): Checked<ImageGraph> {
  const dockerfiles = new Map<string, Dockerfile>();
  for (const image of catalogue.images) {
    for (const each of image.variants) {
      const text = texts[image.name] ?? "";
      const { value, problems } = parseDockerfile(text, image.dockerfile, each.args, image.platforms);
      assert.deepEqual(problems, []);
      dockerfiles.set(variantId(image, each), value);
    }
  }
  return buildGraph(catalogue, dockerfiles);
}

/** `id <- what it stands on`, in the order of the graph. */
function summary({ nodes }: ImageGraph): readonly string[] {
  return nodes.map(({ id, dependencies }) => {
    const names = dependencies.map((each) => (each.kind === "managed" ? each.id : `${each.kind} ${each.name}`));
    return `${id} <- ${names.join(", ")}`;
  });
}

describe("buildGraph", () => {
  it("tells managed images, pools and external images apart", () => {
    const { value, problems } = graphOf(
      {
        debian: "FROM factory.invalid/pool/debian AS pool\nFROM scratch\nCOPY --from=pool / /\n",
        python: "FROM factory.invalid/debian\nCOPY --from=ghcr.io/astral/uv:0.9 /uv /uv\n",
        notes: "FROM factory.invalid/python\n",
        web: "FROM nginx:1.27\n",
        python3: "FROM python\n",
      },
      { debian: { kind: "base", lock: LOCK } },
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(summary(value), [
      "debian <- pool debian",
      "python3 <- external docker.io/library/python:latest",
      "web <- external docker.io/library/nginx:1.27",
      "python <- debian, external ghcr.io/astral/uv:0.9",
      "notes <- python",
    ]);
    assert.deepEqual(value.externals, [
      "docker.io/library/nginx:1.27",
      "docker.io/library/python:latest",
      "ghcr.io/astral/uv:0.9",
    ]);
    assert.deepEqual(value.dependents.get("debian"), ["python"]);
    assert.ok(!value.dependents.has("notes"));
  });

  it("follows only what the target of each variant reaches", () => {
    const text = "FROM nginx AS web\nFROM redis AS cache\nFROM busybox AS unused\nFROM web\nCOPY --from=cache /a /b\n";
    const variants = [variant(), variant({ name: "web", target: "WEB" })];
    const { value, problems } = graphOf({ app: text }, { app: { variants } });
    assert.deepEqual(problems, []);
    assert.deepEqual(summary(value), [
      "app <- external docker.io/library/nginx:latest, external docker.io/library/redis:latest",
      "app-web <- external docker.io/library/nginx:latest",
    ]);
  });

  it("joins what the platforms of an image stand on", () => {
    const text = "FROM nginx AS on-amd64\nFROM redis AS on-arm64\nFROM busybox AS on-riscv64\nFROM on-$TARGETARCH\n";
    const { value, problems } = graphOf({ app: text });
    assert.deepEqual(problems, []);
    assert.deepEqual(value.externals, ["docker.io/library/nginx:latest", "docker.io/library/redis:latest"]);
  });

  it("resolves names with the arguments of each variant", () => {
    const variants = [variant({ args: { V: "1" } }), variant({ name: "next", args: { V: "2" } })];
    const { value } = graphOf({ app: "ARG V=0\nFROM nginx:$V\n" }, { app: { variants } });
    assert.deepEqual(value.externals, ["docker.io/library/nginx:1", "docker.io/library/nginx:2"]);
  });

  const bad: readonly (readonly [
    name: string,
    texts: Readonly<Record<string, string>>,
    message: RegExp,
    remedy: RegExp,
  ])[] = [
    [
      "an unknown base",
      { python: "FROM scratch", app: "FROM factory.invalid/pyton" },
      /^base "pyton" is not declared\.$/,
      /^Did you mean "python"\? Known bases: python\. Change the name, or add bases\/pyton\/\.$/,
    ],
    [
      "a base with a tag",
      { python: "FROM scratch", app: "FROM factory.invalid/python:3" },
      /has a tag or a digest/,
      /^Write factory\.invalid\/python\.$/,
    ],
    [
      "a pool of an image without lock",
      { python: "FROM factory.invalid/pool/python" },
      /has no lock of packages/,
      /npx factory lock python$/,
    ],
    ["an unknown pool", { python: "FROM factory.invalid/pool/pyton" }, /no pool image "pyton"/, /No image has a lock/],
    [
      "a name that cannot be resolved",
      { app: "FROM base-$BUILDARCH" },
      /cannot be resolved: it depends on BUILDARCH/,
      /TARGETARCH/,
    ],
    [
      "a copy from a later stage",
      { app: "FROM nginx AS a\nCOPY --from=b / /\nFROM a AS b\n" },
      /cannot be resolved: that stage comes later/,
      /Correct/,
    ],
    [
      "a stage named like the image it pins",
      { app: "FROM nginx AS nginx\nRUN true\n" },
      /stage "nginx" has the name of the image nginx/,
      /another name/,
    ],
  ];
  for (const [name, texts, message, remedy] of bad) {
    it(`reports ${name}`, () => {
      const { problems } = graphOf(texts, { python: { kind: "base" } });
      assert.equal(problems.length, 1, JSON.stringify(problems));
      assert.match(problems[0]?.message ?? "", message);
      assert.match(problems[0]?.remedy ?? "", remedy);
      assert.ok(problems[0]?.place.line);
    });
  }

  it("names an image of another repository by its address", () => {
    const remote = {
      name: "tools",
      repoURL: "reg.example/tools",
      source: { repository: "r", dockerfile: "Dockerfile", workflow: "w" },
      rebuild: { delayMs: 0, autoRebuild: true },
      place: { file: "images.yaml" },
    };
    const catalogue = { ...catalogueOf([managedImage("app")]), remotes: [remote] };
    const { problems } = graphOfCatalogue(catalogue, { app: "FROM factory.invalid/tools" });
    assert.equal(problems[0]?.remedy, "Write reg.example/tools.");
  });

  it("reports an unknown target where it was chosen", () => {
    const variants = [variant({ target: "tests", place: { file: "images/app/image.yaml", line: 3 } })];
    const { value, problems } = graphOf({ app: "FROM nginx AS test\n" }, { app: { variants } });
    assert.deepEqual(value.nodes, []);
    assert.deepEqual(problems, [
      {
        place: { file: "images/app/image.yaml", line: 3 },
        message: 'target "tests" is no stage of images/app/Dockerfile.',
        remedy: 'Did you mean "test"? Stages: test.',
      },
    ]);
  });

  it("knows no target by number, as BuildKit", () => {
    const { problems } = graphOf({ app: "FROM nginx AS test\n" }, { app: { variants: [variant({ target: "0" })] } });
    assert.equal(problems.length, 1);
  });

  it("reports a cycle once, with its route and every place on it", () => {
    const { value, problems } = graphOf({
      a: "FROM factory.invalid/b\n",
      b: "FROM scratch\nCOPY --from=factory.invalid/c / /\n",
      c: "FROM factory.invalid/a\n",
      d: "FROM factory.invalid/a\n",
      e: "FROM scratch\n",
    });
    assert.deepEqual(summary(value), ["e <- "]);
    assert.deepEqual(problems, [
      {
        place: { file: "images/a/Dockerfile", line: 1 },
        message: "images stand on each other: a -> b -> c -> a.",
        remedy:
          "Take one of these references away: a at images/a/Dockerfile:1, b at images/b/Dockerfile:2, c at images/c/Dockerfile:1.",
      },
    ]);
  });

  it("reports an image that stands on itself", () => {
    const { problems } = graphOf({ a: "FROM factory.invalid/a\n" });
    assert.deepEqual(
      problems.map(({ message }) => message),
      ["images stand on each other: a -> a."],
    );
  });

  it("lets one variant of an image stand on another", () => {
    const text = "FROM scratch AS base\nFROM factory.invalid/a AS dev\n";
    const variants = [variant({ target: "base" }), variant({ name: "dev", target: "dev" })];
    const { value, problems } = graphOf({ a: text }, { a: { variants } });
    assert.deepEqual(problems, []);
    assert.deepEqual(summary(value), ["a <- ", "a-dev <- a"]);
  });

  it("bears a chain as long as a fleet, and a cycle of that length", () => {
    const length = 20_000;
    const name = (index: number) => `i${String(index).padStart(6, "0")}`;
    const chain = Object.fromEntries(
      Array.from({ length }, (_, index) => [
        name(index),
        index === 0 ? "FROM scratch" : `FROM factory.invalid/${name(index - 1)}`,
      ]),
    );
    const { value } = graphOf(chain);
    assert.equal(waves(value).length, length);
    assert.equal(affectedBy(value, [name(0)]).length, length);
    const { problems } = graphOf({ ...chain, [name(0)]: `FROM factory.invalid/${name(length - 1)}` });
    assert.equal(problems.length, 1);
  });
});

/** A random graph: for each image the indices of those that it stands on. */
const acyclic = fc
  .array(fc.array(fc.nat(20), { maxLength: 4 }), { maxLength: 20 })
  .map((lists) => lists.map((list, index) => [...new Set(list.filter((each) => each < index))]));
const anyGraph = fc
  .integer({ min: 0, max: 12 })
  .chain((size) =>
    fc.array(fc.uniqueArray(fc.nat(Math.max(0, size - 1)), { maxLength: 3 }), { minLength: size, maxLength: size }),
  );

function textsOf(lists: readonly (readonly number[])[]): Readonly<Record<string, string>> {
  const lines = (list: readonly number[]) => list.map((index) => `COPY --from=factory.invalid/${label(index)} / /`);
  return Object.fromEntries(lists.map((list, index) => [label(index), ["FROM scratch", ...lines(list)].join("\n")]));
}

/** Names whose order is not that of the indices, so that sorting by name alone would break the order. */
function label(index: number): string {
  return `i${String((index * 7919) % 10_007).padStart(5, "0")}`;
}

describe("any graph", () => {
  it("puts every image after what it stands on, by wave and then by id", () => {
    fc.assert(
      fc.property(acyclic, (lists) => {
        const { value, problems } = graphOf(textsOf(lists));
        assert.deepEqual(problems, []);
        assert.equal(value.nodes.length, lists.length);
        const position = new Map(value.nodes.map(({ id }, index) => [id, index]));
        for (const [index, { dependencies }] of value.nodes.entries()) {
          for (const id of managedIds(dependencies)) assert.ok((position.get(id) ?? index) < index);
        }
        const byWave = waves(value);
        assert.deepEqual(byWave.flat(), value.nodes);
        for (const wave of byWave) {
          const ids = wave.map(({ id }) => id);
          assert.deepEqual(ids, ids.toSorted());
        }
      }),
    );
  });

  it("gives the same order whatever order the images come in", () => {
    fc.assert(
      fc.property(acyclic, (lists) => {
        const texts = Object.entries(textsOf(lists));
        const one = graphOf(Object.fromEntries(texts)).value;
        const other = graphOf(Object.fromEntries(texts.toReversed())).value;
        assert.deepEqual(summary(one), summary(other));
      }),
    );
  });

  it("has a blast radius that is closed under dependents, and needs that are closed under dependencies", () => {
    fc.assert(
      fc.property(acyclic, fc.nat(), (lists, choice) => {
        const { value } = graphOf(textsOf(lists));
        const start = value.nodes[choice % Math.max(1, value.nodes.length)]?.id;
        if (start === undefined) return;
        const affected = new Set(affectedBy(value, [start]).map(({ id }) => id));
        const needed = new Set(neededFor(value, [start]).map(({ id }) => id));
        assert.ok(affected.has(start) && needed.has(start));
        for (const { id, dependencies } of value.nodes) {
          const ids = [...managedIds(dependencies)];
          if (id !== start)
            assert.equal(
              affected.has(id),
              ids.some((each) => affected.has(each)),
            );
          if (needed.has(id)) assert.ok(ids.every((each) => needed.has(each)));
          // What is needed for X are exactly those whose change would affect X.
          assert.equal(
            needed.has(id),
            affectedBy(value, [id]).some((node) => node.id === start),
          );
        }
      }),
    );
  });

  it("reports exactly the groups of images that stand on one another, each by a route that is there", () => {
    fc.assert(
      fc.property(anyGraph, (lists) => {
        const { value, problems } = graphOf(textsOf(lists));
        const reaches = closure(lists);
        const inCycle = lists.map((_, index) => index).filter((index) => reaches[index]?.has(index));
        const groups = new Set(
          inCycle.map((index) =>
            inCycle.filter((other) => reaches[index]?.has(other) && reaches[other]?.has(index)).join(),
          ),
        );
        assert.equal(problems.length, groups.size);
        for (const { message } of problems) {
          const route = message.replace(/^.*: |\.$/g, "").split(" -> ");
          assert.equal(route[0], route.at(-1));
          for (const [step, id] of route.slice(0, -1).entries()) {
            const index = lists.findIndex((_, each) => label(each) === id);
            assert.ok(
              lists[index]?.some((each) => label(each) === route[step + 1]),
              message,
            );
          }
        }
        const expected = lists
          .map((_, index) => index)
          .filter((index) => !inCycle.some((each) => each === index || reaches[index]?.has(each)));
        assert.deepEqual(value.nodes.map(({ id }) => id).sort(), expected.map(label).sort());
      }),
      { numRuns: 300 },
    );
  });
});

/** For each index all that it stands on, directly or not; itself where it is in a cycle. */
function closure(lists: readonly (readonly number[])[]): readonly ReadonlySet<number>[] {
  return lists.map((list) => {
    const reached = new Set(list);
    for (const index of reached) for (const next of lists[index] ?? []) reached.add(next);
    return reached;
  });
}
