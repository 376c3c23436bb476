import assert from "node:assert/strict";
import { predicateTypes } from "../../domain/evidence/predicates.js";
import { historyOf } from "../../domain/release/history.js";
import { attach } from "../../provider/registry/attach.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { tag } from "../../provider/registry/copy.js";
import { release } from "../../provider/resources/release.js";
import type { Signer } from "../../provider/signing/signer.js";
import { bundleOf, newSigner } from "../registry-client/bundles.js";
import { Registry } from "../support/oci.js";
import { TestProject } from "../support/project.js";
import { pushSmallImage } from "../support/small-image.js";
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

  it("refuses fixed tags that mean other digests, each with what it means, before anything is written", async () => {
    const client = new RegistryClient(services().registry, true);
    const repository = registry.at("versioned");
    const { digest: taken } = await pushSmallImage(client, repository, "taken");
    const fixedTags = ["v1.0.0", "v1.0.1", "v1.0.2"];
    for (const name of ["latest", "v1.0", "v1.0.0", "v1.0.2"]) await tag(client, repository, taken, name);
    await registry.crane("copy", registry.at(`web@${built}`), registry.at(`candidate/versioned@${built}`));
    const before = await registry.tags("versioned");
    const args = { ...inputs(), name: "versioned", fixedTags, movingTags: ["v1.0", "latest"], head: "latest" };
    await assert.rejects(release.create(args, context), {
      message: `${repository}: v1.0.0 is ${taken}, v1.0.2 is ${taken}, and these tags never move: ${built} was not released. Release it as the next version or commit, or under the channel (factory:release: channel).`,
    });
    assert.deepEqual(await registry.tags("versioned"), before);
    for (const name of before) assert.equal(await registry.digest(`versioned:${name}`), taken);
    assert.equal(await client.headManifest(repository, built), undefined);
  });

  it("moves no tag back to an older version, and says of itself only what it moved", async () => {
    const other = await registry.digest(`other:b-${"b".repeat(16)}`);
    for (const name of ["1.4.0", "1.4", "1"]) await registry.crane("tag", registry.at(`other@${other}`), name);
    const args = { ...inputs(), movingTags: ["local", "1.3.9", "1.3", "1"] };
    const { state } = await release.create(args, context);
    assert.deepEqual(state.tags.slice(1), ["local", "1.3.9", "1.3"]);
    assert.equal(await registry.digest("other:1"), other);
    assert.deepEqual((await release.read("", state, context))?.movingTags, args.movingTags);
  });

  it("keeps the history of its head: what it meant before, too, and each release once", async () => {
    const other = await registry.digest(`other:b-${"b".repeat(16)}`);
    await registry.crane("tag", registry.at(`other@${other}`), "edge");
    const args = { ...inputs(), movingTags: ["edge"], head: "edge" };
    await release.create(args, context);
    await release.create(args, context);
    const history = historyOf("edge", await registry.tags("other"));
    const meant = await Promise.all(history.map((name) => registry.digest(`other:${name}`)));
    assert.deepEqual(meant, [built, other]);
  });

  it("writes nothing for what stays in quarantine", async () => {
    await registry.crane("copy", registry.at(`web@${built}`), registry.at(`candidate/kept@${built}`));
    const args = { ...inputs(), name: "kept", movingTags: [], quarantined: true };
    const { state } = await release.create(args, context);
    assert.deepEqual(state.tags, []);
    assert.equal(state.released.length, 1);
    assert.deepEqual(await registry.tags("kept"), []);
    assert.deepEqual(await release.read("", state, context), state);
  });

  describe("of which an attested statement was replaced", () => {
    const ours = newSigner();
    const keys = { verificationKeys: [ours.publicKeyPem] };
    const replacedBy = async (name: string, signer: Signer) => {
      await registry.crane("copy", registry.at(`web@${built}`), registry.at(`candidate/${name}@${built}`));
      const client = new RegistryClient(services().registry, true);
      const attachOne = async (by: Signer, text: string) => {
        const bundle = await bundleOf(by, built, predicateTypes.sbom, { text });
        const [attached = ""] = await attach(client, registry.at(`candidate/${name}`), built, [bundle]);
        return attached;
      };
      const first = await attachOne(ours, "first");
      const second = await attachOne(signer, "second");
      await client.deleteManifest(registry.at(`candidate/${name}`), first);
      const attested = [{ subject: built, predicateType: predicateTypes.sbom, digest: first }];
      return { args: { ...inputs(), ...keys, name, attested }, second };
    };

    it("is made where a key that counts has signed the new one, as in another run at the same time", async () => {
      const { args, second } = await replacedBy("twice", ours);
      const { state } = await release.create(args, context);
      assert.deepEqual(
        state.attestations.map((it) => it.digest),
        [second],
      );
      assert.deepEqual(await release.read("", state, context), state);
    });

    it("is refused where somebody else has signed it, and nothing is tagged", async () => {
      const { args } = await replacedBy("foreign", newSigner());
      await assert.rejects(release.create(args, context), /1 of the 1 attestations of foreign .* no verification key/);
      const tags = (await registry.tags("foreign")).filter((name) => !name.startsWith("sha256-"));
      assert.deepEqual(tags, []);
    });
  });

  it("can be repeated", async () => {
    const { state } = await release.create(inputs(), context);
    assert.deepEqual(await release.update("", state, inputs(), context), state);
  });
});
