import assert from "node:assert/strict";
import { release } from "../../provider/resources/release.js";
import { Registry } from "../support/oci.js";
import { TestProject } from "../support/project.js";
import { useServices } from "../support/with-services.js";

const digest = `sha256:${"a".repeat(64)}`;
const valid = {
  registry: "127.0.0.1:5000",
  insecureRegistry: true,
  name: "web",
  digest,
  buildId: "b".repeat(64),
  platforms: ["linux/amd64"],
  movingTags: ["local"],
};

describe("the inputs of a release", () => {
  it("are taken as the program makes them", () => assert.deepEqual(release.check(valid), []));

  const cases: readonly [name: string, change: Partial<typeof valid>, property: string][] = [
    ["an empty digest", { digest: "" }, "digest"],
    ["a tag as digest", { digest: "latest" }, "digest"],
    ["a short build id", { buildId: "abc" }, "buildId"],
    ["a tag with a slash", { movingTags: ["local", "a/b"] }, "movingTags"],
  ];
  for (const [name, change, property] of cases) {
    it(`are refused with ${name}`, () => {
      const failures = release.check({ ...valid, ...change });
      assert.deepEqual(
        failures.map((failure) => failure.property),
        [property],
      );
    });
  }
});

describe("a release", () => {
  const services = useServices({ tools: ["crane", "pulumi", "docker-build"] });
  const context = { root: "/", signal: new AbortController().signal };
  const { PATH } = process.env;
  let registry: Registry;
  let built: string;

  before(async () => {
    process.env.PATH = services().env.PATH;
    registry = new Registry(services());
    const project = new TestProject(services(), "release");
    project.write({
      "images/web/Dockerfile": "FROM scratch\nCOPY payload /payload\nUSER 65532:65532\n",
      "images/web/image.yaml": "platforms: [linux/amd64]\n",
      "images/web/payload": "1",
    });
    project.commit();
    assert.equal((await project.up()).code, 0);
    built = await registry.digest("web:local");
    await registry.crane("copy", registry.at(`web@${built}`), registry.at(`candidate/other@${built}`));
  });
  after(() => {
    process.env.PATH = PATH;
  });

  const inputs = () => ({ ...valid, registry: services().registry, name: "other", digest: built });

  it("refuses a candidate that lacks a declared platform, and tags nothing", async () => {
    const both = { ...inputs(), platforms: ["linux/amd64", "linux/arm64"] };
    await assert.rejects(
      release.create(both, context),
      /holds linux\/amd64, but linux\/amd64, linux\/arm64 are declared/,
    );
    assert.deepEqual(await registry.tags("other"), []);
  });

  it("says how to build again a candidate that is gone, and tags nothing", async () => {
    await assert.rejects(release.create({ ...inputs(), digest }, context), /no longer in quarantine.*--replace/);
    assert.deepEqual(await registry.tags("other"), []);
  });

  it("leaves the tag of a build that gave another digest where it is", async () => {
    const taken = `b-${"b".repeat(16)}`;
    const pool = await registry.crane(
      "index",
      "append",
      "-m",
      registry.at(`web@${built}`),
      "-t",
      registry.at(`other:${taken}`),
    );
    const { state } = await release.create(inputs(), context);
    assert.deepEqual(state.tags, [`${taken}-${built.slice("sha256:".length, 19)}`, "local"]);
    assert.notEqual(await registry.digest(`other:${taken}`), built, pool);
  });

  it("can be repeated", async () => {
    const { state } = await release.create(inputs(), context);
    assert.deepEqual(await release.update("", state, inputs(), context), state);
  });
});
