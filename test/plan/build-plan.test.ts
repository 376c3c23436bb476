import assert from "node:assert/strict";
import fc from "fast-check";
import { buildPlan } from "../../domain/plan/build-plan.js";
import { formatProblems } from "../../domain/problems.js";
import { application, base, poolDigest } from "../catalogue/fixtures.js";
import { buildIds, COMMIT, digestOf, plan, planInputs, planned, type TestImage } from "./fixtures.js";

const debian: TestImage = { folder: base("debian", "description: Minimal"), dockerfile: "FROM scratch\nCOPY a /\n" };
const python: TestImage = { folder: base("python"), dockerfile: "FROM factory.invalid/debian\nCOPY a /\n" };
const web: TestImage = { folder: application("web"), dockerfile: "FROM factory.invalid/python\nCOPY a /\n" };
const site: TestImage = { folder: application("site"), dockerfile: "FROM nginx:1.29\nCOPY a /\n" };
const fleet = [debian, python, web, site];

describe("buildPlan", () => {
  it("orders images by wave, then by id", () => {
    assert.deepEqual(
      plan(fleet).images.map(({ wave, id }) => `${wave} ${id}`),
      ["0 debian", "0 site", "1 python", "2 web"],
    );
  });

  it("replaces every name by what it means, under the name that BuildKit looks for", () => {
    const both: TestImage = {
      folder: application("both"),
      dockerfile: "FROM factory.invalid/python AS p\nFROM docker.io/library/nginx:1.29\nCOPY --from=p /a /a\n",
    };
    assert.deepEqual(planned(plan([...fleet, both]), "both").namedContexts, [
      { name: "factory.invalid/python", source: { kind: "managed", id: "python" } },
      {
        name: "nginx:1.29",
        source: {
          kind: "external",
          repository: "docker.io/library/nginx",
          digest: digestOf("e"),
          platforms: ["linux/amd64"],
        },
      },
    ]);
  });

  it("labels with source, revision and the base's logical name, and sets the time of the commit", () => {
    const { labels, buildArgs, base: standsOn } = planned(plan(fleet), "web");
    assert.deepEqual(labels, {
      "org.opencontainers.image.title": "web",
      "org.opencontainers.image.source": "https://git.example/factory",
      "org.opencontainers.image.revision": COMMIT,
      "org.opencontainers.image.created": "2023-11-14T22:13:20Z",
      "org.opencontainers.image.base.name": "python",
    });
    assert.deepEqual(buildArgs, { SOURCE_DATE_EPOCH: "1700000000" });
    assert.equal(standsOn?.name, "factory.invalid/python");
    const versioned = plan([{ ...debian, folder: base("debian", "tags: {semver: 1.4.2}") }]);
    assert.equal(planned(versioned, "debian").labels["org.opencontainers.image.version"], "1.4.2");
    assert.equal(planned(plan(fleet), "debian").labels["org.opencontainers.image.description"], "Minimal");
    assert.equal(
      planned(plan(fleet), "site").labels["org.opencontainers.image.base.name"],
      "docker.io/library/nginx:1.29",
    );
  });

  it("finds the base through the stages between, and none above scratch", () => {
    const staged: TestImage = {
      folder: application("staged"),
      dockerfile: "FROM factory.invalid/debian AS one\nFROM one AS two\nFROM two\n",
    };
    assert.equal(planned(plan([debian, staged]), "staged").base?.name, "factory.invalid/debian");
    assert.equal(planned(plan([debian, staged]), "debian").base, undefined);
  });

  it("marks what git does not know, and only that", () => {
    const byDirectory = new Map([["bases/debian", { commit: COMMIT, epoch: 5, dirty: true }]]);
    const dirty = plan(fleet, { revisions: { byDirectory, cutOff: [], ignored: new Set() } });
    assert.equal(planned(dirty, "debian").labels["dev.image-factory.dirty"], "true");
    assert.equal(planned(dirty, "debian").labels["org.opencontainers.image.revision"], COMMIT);
    assert.equal(planned(dirty, "web").labels["dev.image-factory.dirty"], "true");
    assert.equal("org.opencontainers.image.revision" in planned(dirty, "web").labels, false);
    assert.equal("dev.image-factory.dirty" in planned(plan(fleet), "web").labels, false);
  });

  it("pins the frontend in the text, on its own line", () => {
    const text = "# syntax=docker/dockerfile:1\r\n# a comment\r\nFROM scratch\r\n";
    const { dockerfile, namedContexts } = planned(plan([{ folder: application("web"), dockerfile: text }]), "web");
    assert.equal(dockerfile.path, ".factory/dockerfiles/web/Dockerfile");
    assert.equal(
      dockerfile.text,
      `# syntax=docker.io/docker/dockerfile@${digestOf("e")}\r\n# a comment\r\nFROM scratch\r\n`,
    );
    assert.deepEqual(namedContexts, []);
  });

  it("takes pool images from the locks and lists those that are needed", () => {
    const lock = { file: "bases/debian/packages.lock.json", poolDigest, overlay: false };
    const pooled: TestImage = { folder: base("debian"), dockerfile: "FROM factory.invalid/pool/debian\n", lock };
    const { pools, images } = plan([pooled, python]);
    assert.deepEqual(pools, [{ name: "debian", lockFile: lock.file, digest: poolDigest }]);
    assert.deepEqual(images[0]?.namedContexts, [
      { name: "factory.invalid/pool/debian", source: { kind: "pool", name: "debian", digest: poolDigest } },
    ]);
    assert.equal(images[0]?.labels["org.opencontainers.image.base.name"], "pool/debian");
  });

  it("leaves out an image whose pin is missing, and what stands on it, without a second problem", () => {
    const onNginx: TestImage = { folder: application("web"), dockerfile: "FROM factory.invalid/nginx\n" };
    const nginx: TestImage = { folder: base("nginx"), dockerfile: "FROM nginx:1.29\n" };
    const { value, problems } = buildPlan(planInputs([debian, nginx, onNginx], { pins: new Map() }));
    assert.deepEqual(
      value.images.map(({ id }) => id),
      ["debian"],
    );
    assert.deepEqual(problems, []);
  });
});

describe("selection", () => {
  const cuda: TestImage = { folder: base("cuda", "runner: gpu"), dockerfile: "FROM scratch\n" };
  const serving: TestImage = { folder: application("serving"), dockerfile: "FROM factory.invalid/cuda\n" };
  const all = [...fleet, cuda, serving];
  const settings = planInputs([]).settings;

  it("leaves out images for another runner and what stands on them, with the reason", () => {
    assert.deepEqual(plan(all).leftOut, [
      { id: "cuda", reason: "runner: gpu; add cuda to factory:with where there is one" },
      { id: "serving", reason: "stands on cuda, which is left out" },
    ]);
  });

  it("builds them where the settings say that there is one", () => {
    const { leftOut, images } = plan(all, { settings: { ...settings, with: ["cuda"] } });
    assert.deepEqual(leftOut, []);
    assert.equal(images.length, 6);
  });

  it("leaves out what is built on demand, with its reason, until the settings name it", () => {
    const large: TestImage = {
      folder: application("large", "onDemand: 1 GB of packages"),
      dockerfile: "FROM scratch\n",
    };
    const reason = "on demand (1 GB of packages); add large to factory:with";
    assert.deepEqual(plan([...fleet, large]).leftOut, [{ id: "large", reason }]);
    assert.deepEqual(plan([...fleet, large], { settings: { ...settings, with: ["large"] } }).leftOut, []);
  });

  it("builds what an image stands on together with it, and no other variant", () => {
    const tools: TestImage = { folder: base("tools", "onDemand: large"), dockerfile: "FROM scratch\n" };
    const yaml = "onDemand: large\nvariants:\n  small:\n    target: small\n";
    const dockerfile = "FROM factory.invalid/tools AS small\nFROM small\n";
    const workplace: TestImage = { folder: application("workplace", yaml), dockerfile };
    const { images } = plan([...fleet, tools, workplace], { settings: { ...settings, with: ["workplace-small"] } });
    assert.deepEqual(
      images.map(({ id }) => id).filter((id) => /tools|workplace/.test(id)),
      ["tools", "workplace-small"],
    );
  });

  it("builds only what is asked for and what that stands on", () => {
    const { leftOut, images } = plan(fleet, { settings: { ...settings, only: ["python"] } });
    assert.deepEqual(
      images.map(({ id }) => id),
      ["debian", "python"],
    );
    assert.deepEqual(leftOut, [
      { id: "site", reason: "factory:only does not name it (python)" },
      { id: "web", reason: "factory:only does not name it (python)" },
    ]);
  });

  it("means all variants by an image's name, and one by its id", () => {
    const variants: TestImage = {
      folder: application("tool", "variants:\n  dev:\n    target: dev\n"),
      dockerfile: "FROM scratch AS dev\nFROM scratch\n",
    };
    const only = (name: string) =>
      plan([variants], { settings: { ...settings, only: [name] } }).images.map(({ id }) => id);
    assert.deepEqual(only("tool-dev"), ["tool-dev"]);
    assert.ok(only("tool").includes("tool-dev"));
  });

  it("refuses names that do not exist", () => {
    const { problems } = buildPlan(planInputs(fleet, { settings: { ...settings, with: ["cuda"], only: ["pyton"] } }));
    assert.equal(
      formatProblems("the plan", problems),
      `2 problems in the plan
 - Pulumi.local.yaml: factory:with names "cuda", but there is no such image.
   Images: debian, python, site, web.
 - Pulumi.local.yaml: factory:only names "pyton", but there is no such image.
   Did you mean "python"? Images: debian, python, site, web.`,
    );
  });
});

describe("buildId", () => {
  const inputs = planInputs(fleet);
  const before = buildIds(plan(fleet));
  const changed = (after: Readonly<Record<string, string>>) =>
    Object.keys(before)
      .filter((id) => before[id] !== after[id])
      .sort();
  const withImage = (image: TestImage) =>
    buildIds(plan(fleet.map((each) => (each.folder.name === image.folder.name ? image : each))));

  const changes: Record<
    string,
    { readonly after: () => Readonly<Record<string, string>>; readonly changes: readonly string[] }
  > = {
    "a file of an image": { after: () => withImage({ ...web, context: "other" }), changes: ["web"] },
    "a file of a base: all that stands on it": {
      after: () => withImage({ ...python, context: "other" }),
      changes: ["python", "web"],
    },
    "a Dockerfile": {
      after: () => withImage({ ...python, dockerfile: `${python.dockerfile}ENV A=b\n` }),
      changes: ["python", "web"],
    },
    "a pin": {
      after: () => {
        const pin = { repository: "docker.io/library/nginx", digest: digestOf("f"), platforms: [] };
        return buildIds(plan(fleet, { pins: new Map([["docker.io/library/nginx:1.29", pin]]) }));
      },
      changes: ["site"],
    },
    "a platform": {
      after: () => withImage({ ...python, folder: base("python", "platforms: [linux/amd64]") }),
      changes: ["python", "web"],
    },
    "a label": { after: () => withImage({ ...web, folder: application("web", "labels: {a: b}") }), changes: ["web"] },
    "a secret": {
      after: () => withImage({ ...web, folder: application("web", "secrets: [token]") }),
      changes: ["web"],
    },
    "a commit": {
      after: () => {
        const byDirectory = new Map(inputs.revisions.byDirectory);
        byDirectory.set("images/web", { commit: "f".repeat(40), epoch: 1_700_000_000, dirty: false });
        return buildIds(plan(fleet, { revisions: { byDirectory, cutOff: [], ignored: new Set() } }));
      },
      changes: ["web"],
    },
    "the owner, which no image contains": {
      after: () => withImage({ ...web, folder: application("web", "owner: payments") }),
      changes: [],
    },
  };
  for (const [what, { after, changes: expected }] of Object.entries(changes)) {
    it(`changes with ${what}`, () => assert.deepEqual(changed(after()), expected));
  }

  it("is the same in whatever order images are found", () => {
    assert.deepEqual(buildIds(plan([...fleet].reverse())), before);
  });

  it("changes in random fleets for exactly the image and all that stands on it, and for nothing with a new image", () => {
    fc.assert(
      fc.property(fleets(), fc.nat(), (parents, pick) => {
        const images = randomFleet(parents);
        const index = pick % images.length;
        const first = buildIds(plan(images));
        const touched = images.map((image, at) => (at === index ? { ...image, context: "other" } : image));
        const after = buildIds(plan(touched));
        const expected = new Set([index]);
        for (const [at, on] of parents.entries()) if (on.some((parent) => expected.has(parent))) expected.add(at);
        const differing = images.flatMap((_, at) => (first[imageName(at)] === after[imageName(at)] ? [] : [at]));
        assert.deepEqual(
          differing,
          [...expected].sort((a, b) => a - b),
        );

        const more = buildIds(plan([...images, { folder: application("unrelated"), dockerfile: "FROM scratch\n" }]));
        assert.deepEqual({ ...more, unrelated: undefined }, { ...first, unrelated: undefined });
      }),
      { numRuns: 60 },
    );
  });
});

/** For each image the earlier ones that it stands on. */
function fleets(): fc.Arbitrary<readonly (readonly number[])[]> {
  return fc
    .array(fc.uniqueArray(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 12 })
    .map((rows) => rows.map((row, at) => (at === 0 ? [] : [...new Set(row.map((parent) => parent % at))])));
}

const imageName = (index: number) => `image-${index}`;

function randomFleet(parents: readonly (readonly number[])[]): readonly TestImage[] {
  return parents.map((on, at) => {
    const copies = on.map((parent) => `COPY --from=factory.invalid/${imageName(parent)} /a /a\n`);
    return { folder: base(imageName(at)), dockerfile: `FROM scratch\n${copies.join("")}` };
  });
}
