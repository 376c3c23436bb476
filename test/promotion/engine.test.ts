import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { predicateTypes, requiredPredicates } from "../../domain/evidence/predicates.js";
import { failedBuilds } from "../../domain/notify/notices.js";
import { verifiedLevels } from "../../domain/promotion/summary.js";
import { historyOf } from "../../domain/release/history.js";
import type { RunRecord } from "../../domain/runs/types.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { listReferrers } from "../../provider/registry/referrers.js";
import { newSigner } from "../registry-client/bundles.js";
import { Cosign } from "../support/cosign.js";
import { Distribution } from "../support/distribution.js";
import { FaultingProxy } from "../support/faulting-proxy.js";
import { useServices } from "../support/with-services.js";
import { finding, hoursAgo, type Making, makeImage, type ProvedImage, scanOf } from "../verification/proved-image.js";
import { entryOf, ProdProject } from "./prod-project.js";

describe("a promotion in the real engine, between two registries", () => {
  const services = useServices({ tools: ["crane", "pulumi", "docker-build", "cosign"] });
  const signer = newSigner();
  let staging: Distribution;
  let toStaging: FaultingProxy;
  let toProd: FaultingProxy;
  let source: RegistryClient;
  let target: RegistryClient;
  let written: string[];
  let count = 0;

  before(async () => {
    staging = await Distribution.start();
    toStaging = await FaultingProxy.start(staging.address);
    toProd = await FaultingProxy.start(services().registry);
    source = new RegistryClient(toStaging.address);
    target = new RegistryClient(toProd.address);
  });
  after(async () => {
    await toProd.stop();
    await toStaging.stop();
    await staging.stop();
  });
  beforeEach(() => {
    written = [];
    const watch = ({ method, path }: { method: string; path: string }) => {
      if (method !== "GET" && method !== "HEAD") written.push(`${method} ${path}`);
      return undefined;
    };
    toProd.fault = watch;
    toStaging.fault = watch;
  });

  const at = (name: string) => `${toStaging.address}/staging/${name}`;
  const promoted = (name: string) => `${toProd.address}/prod/${name}`;

  /** An image in staging, with all its evidence. */
  function prove(making: Partial<Making> = {}, by = signer): Promise<ProvedImage> {
    const name = `web-${count++}`;
    return makeImage(source, by, { repository: at(name), content: name, ...making });
  }

  function project(promotes: object = {}): Promise<ProdProject> {
    const settings = {
      "factory:registry": `${toProd.address}/prod`,
      promotes: { registry: `${toStaging.address}/staging`, ...promotes },
    };
    return ProdProject.make(services(), `prod-${count++}`, settings, [signer.publicKeyPem]);
  }

  const nameOf = ({ repository }: ProvedImage) => repository.slice(repository.lastIndexOf("/") + 1);
  const meant = async (image: ProvedImage, tag: string) =>
    (await target.headManifest(promoted(nameOf(image)), tag))?.digest;

  async function referrersOf(client: RegistryClient, repository: string, { digest, platforms }: ProvedImage) {
    const subjects = [digest, ...platforms.map((platform) => platform.digest)];
    const lists = await Promise.all(subjects.map((subject) => listReferrers(client, repository, subject)));
    return lists.map((list) => list.map((entry) => entry.digest).sort());
  }

  describe("brings over", () => {
    let image: ProvedImage;
    let prod: ProdProject;
    let release: ReturnType<typeof entryOf>;

    before(async () => {
      image = await prove();
      prod = await project();
      release = entryOf(image, { version: "1.4.2" });
      prod.release([release]);
      const { code, text, changes } = await prod.up("--policy-pack", "policy-pack");
      assert.equal(code, 0, text);
      // The stack, the component, and two for the image.
      assert.equal(changes.create, 4);
    });

    it("the same digests, every layer, and all that is attached, beside one summary of its own", async () => {
      const repository = promoted(nameOf(image));
      const [index, ...platforms] = await referrersOf(source, image.repository, image);
      const [indexThere = [], ...platformsThere] = await referrersOf(target, repository, image);
      assert.deepEqual(platformsThere, platforms);
      const added = indexThere.filter((digest) => !index?.includes(digest));
      assert.deepEqual(
        indexThere.filter((digest) => index?.includes(digest)),
        index,
      );
      assert.equal(added.length, 1);
      for (const { digest } of [image, ...image.platforms]) {
        const { manifest } = await target.getManifest(repository, digest);
        for (const blob of [manifest.config ?? [], ...(manifest.layers ?? [])].flat()) {
          assert.ok(await target.hasBlob(repository, blob.digest), blob.digest);
        }
      }
    });

    it("a verification summary that stock cosign verifies under this stage's key, and under no other", async () => {
      const cosign = new Cosign(services());
      const reference = `${promoted(nameOf(image))}@${image.digest}`;
      const statements = await cosign.verifyAttestation(reference, predicateTypes.summary, prod.publicKey);
      assert.equal(statements.length, 1);
      const [{ predicate, subject }] = statements as [{ predicate: Record<string, unknown>; subject: unknown }];
      assert.deepEqual(subject, [{ digest: { sha256: image.digest.slice("sha256:".length) } }]);
      assert.equal(predicate.verificationResult, "PASSED");
      assert.deepEqual(predicate.verifiedLevels, [...verifiedLevels]);
      assert.equal(predicate.resourceUri, reference);
      assert.equal((predicate.inputAttestations as unknown[]).length, 11);
      await assert.rejects(cosign.verifyAttestation(reference, predicateTypes.summary, signer.publicKeyPem));
      // What staging signed is still staging's.
      await cosign.verify(reference, signer.publicKeyPem);
    });

    it("the build's tag, the channel and the version's, with the channel's history", async () => {
      const tags = await target.listTags(promoted(nameOf(image)));
      assert.deepEqual(tags.filter((tag) => !/^(?:sha256|r)-/.test(tag)).sort(), [
        "1",
        "1.4",
        "1.4.2",
        `b-${release.buildId.slice(0, 16)}`,
        "prod",
      ]);
      assert.equal(historyOf("prod", tags).length, 1);
      for (const tag of ["prod", "1", "1.4", "1.4.2"]) assert.equal(await meant(image, tag), image.digest);
    });

    it("nothing again: a second run is unchanged and writes nothing", async () => {
      const { code, text, changes } = await prod.up();
      assert.equal(code, 0, text);
      assert.deepEqual(changes, { same: 4 });
      assert.deepEqual(written, []);
    });

    it("what was lost since, after a refresh", async () => {
      const [entry] = await listReferrers(target, promoted(nameOf(image)), image.platforms[0]?.digest ?? "");
      await target.deleteManifest(promoted(nameOf(image)), entry?.digest ?? "");
      await prod.refresh();
      const { code, text, changes } = await prod.up();
      assert.equal(code, 0, text);
      assert.ok((changes.update ?? 0) + (changes.create ?? 0) > 0, text);
      const [, ...platforms] = await referrersOf(source, image.repository, image);
      const [, ...there] = await referrersOf(target, promoted(nameOf(image)), image);
      assert.deepEqual(there, platforms);
      assert.deepEqual((await prod.up()).changes, { same: 4 });
    });

    it("enough to stand alone: with staging's registry gone, refresh, preview and up go on", async () => {
      const alone = toStaging.fault;
      toStaging.fault = () => "reset";
      const refreshed = await prod.refresh();
      assert.equal(refreshed.code, 0, refreshed.text);
      const { code, text, changes } = await prod.up();
      toStaging.fault = alone;
      assert.equal(code, 0, text);
      assert.deepEqual(changes, { same: 4 });
    });

    it("for good: destroying the stack removes no image and no tag", async () => {
      const { code, text } = await prod.destroy();
      assert.equal(code, 0, text);
      assert.equal(await meant(image, "prod"), image.digest);
      assert.deepEqual(
        written.filter((line) => line.startsWith("DELETE")),
        [],
      );
    });
  });

  describe("refuses, in the preview and in the update, and copies nothing of", () => {
    let prod: ProdProject;
    before(async () => {
      prod = await project();
    });

    async function refused(image: ProvedImage, expected: RegExp, by: ProdProject = prod) {
      by.release([entryOf(image)]);
      for (const operation of ["preview", "up"] as const) {
        const { code, text } = await by[operation]();
        assert.notEqual(code, 0, text);
        assert.match(text, expected);
      }
      assert.deepEqual(
        written.filter((line) => line.includes("/prod/")),
        [],
      );
      assert.deepEqual(await target.listTags(promoted(nameOf(image))), []);
    }

    const names = {
      signature: "signature",
      sbom: "SBOM",
      provenance: "provenance",
      scan: "scan result",
      tests: "test result",
    };
    const removed = [
      ...requiredPredicates.index.map((kind) => ({ kind, platform: undefined })),
      ...["linux/amd64", "linux/arm64"].flatMap((platform) =>
        requiredPredicates.platform.map((kind) => ({ kind, platform })),
      ),
    ];
    for (const { kind, platform } of removed) {
      it(`an image without its ${names[kind]}${platform === undefined ? "" : ` of ${platform}`}`, async () => {
        const image = await prove({ attached: (each, on) => each !== kind || on !== platform });
        written = [];
        const found = kind === "signature" ? "there are attestations only" : `there is no ${names[kind]}`;
        await refused(image, new RegExp(`${platform === undefined ? "" : `${platform} `}${kind}: ${found}`));
      });
    }

    it("an unsigned image", async () => {
      const image = await prove({ attached: () => false });
      written = [];
      await refused(image, /there is no signature: nothing is attached/);
    });

    it("an image whose evidence another key signed", async () => {
      const image = await prove({}, newSigner());
      written = [];
      await refused(image, /signature: the signature .* does not count/);
    });

    it("an image whose scan is too old", async () => {
      const change: Making["change"] = ({ platforms }) => {
        for (const each of Object.values(platforms)) each.scan = scanOf(hoursAgo(24 * 8));
      };
      const image = await prove({ change });
      written = [];
      await refused(image, /linux\/arm64 scan: it was scanned on .*, 8 days ago; allowed are 7 days/);
    });

    it("an image in which a rescan has found something since", async () => {
      const change: Making["change"] = ({ platforms }) => {
        for (const each of Object.values(platforms)) each.scan = scanOf(hoursAgo(1), { findings: [finding] });
      };
      const image = await prove({ change });
      written = [];
      await refused(image, /CVE-2026-1234 in libc6 2\.41-12 is high; allowed is what is below high/);
    });

    it("an image that was recalled, by its line in the file, and one that was made from it, by its chain", async () => {
      const base = await prove();
      const image = await prove({ materials: [base] });
      written = [];
      const recalling = await project();
      const recall = { image: "web", reason: "leaks", by: "security", date: "2026-01-01" };
      recalling.recall({ ...recall, digest: base.digest });
      await refused(base, /releases\/prod\.yaml:\d+: .* was recalled on 2026-01-01 by security: leaks/, recalling);
      await refused(image, /recalls: .*, which it was made from, was recalled as web on 2026-01-01/, recalling);
    });

    it("an image from another registry than the one that the settings name", async () => {
      const image = await makeImage(source, signer, { repository: `${toStaging.address}/other/web` });
      written = [];
      await refused(image, /releases\/prod\.yaml:\d+: web comes from .*\/other\/web; allowed is what lies in/);
    });
  });

  it("that breaks in the middle tags nothing, and the next run finishes it", async () => {
    const image = await prove();
    const prod = await project();
    prod.release([entryOf(image)]);
    const steps: readonly RegExp[] = [
      /^\/v2\/prod\/[\w-]+\/blobs\/uploads\//,
      /^\/v2\/prod\/[\w-]+\/manifests\/sha256:/,
      /^\/v2\/prod\/[\w-]+\/manifests\/sha256-/,
      /^\/v2\/prod\/[\w-]+\/manifests\/prod$/,
    ];
    for (const step of steps) {
      toProd.fault = ({ method, path }) => (!["GET", "HEAD"].includes(method) && step.test(path) ? "reset" : undefined);
      const { code, text } = await prod.up();
      assert.notEqual(code, 0, text);
      assert.equal(await meant(image, "prod"), undefined);
    }
    toProd.fault = () => undefined;
    const { code, text } = await prod.up();
    assert.equal(code, 0, text);
    assert.equal(await meant(image, "prod"), image.digest);
    const [, ...platforms] = await referrersOf(source, image.repository, image);
    const [index, ...there] = await referrersOf(target, promoted(nameOf(image)), image);
    assert.deepEqual(there, platforms);
    assert.equal(index?.length, 4);
  });

  it("is recorded: refused by its preview, and promoted, with what was built elsewhere said to be so", async () => {
    const image = await prove();
    const unsigned = await prove({ attached: () => false });
    const prod = await project();
    const statesOf = ({ images }: RunRecord) => images.map(({ id, state, build }) => [id, state, build.status]);
    prod.release([entryOf(image), entryOf(unsigned)]);
    const { said, record: refused } = await prod.upAndRecord();
    assert.equal(refused.status, "failed");
    assert.deepEqual(statesOf(refused)[1], [nameOf(unsigned), "failed", "unchanged"]);
    assert.match(said, /\n1 problem\n - [\s\S]*there is no signature: nothing is attached/);
    assert.deepEqual(
      failedBuilds(refused).notices.map(({ title }) => title),
      [`${nameOf(unsigned)} could not be promoted`],
    );
    assert.equal(await meant(image, "prod"), undefined);

    prod.release([entryOf(image)]);
    const { record: done } = await prod.upAndRecord();
    assert.deepEqual([done.status, done.problems], ["succeeded", []]);
    assert.deepEqual(statesOf(done), [[nameOf(image), "released", "unchanged"]]);
    assert.equal(done.images[0]?.digest, image.digest);
    assert.deepEqual(
      done.images[0]?.platforms.map(({ platform }) => platform),
      ["linux/amd64", "linux/arm64"],
    );
    const { record: again } = await prod.upAndRecord();
    assert.deepEqual(statesOf(again), [[nameOf(image), "unchanged", "unchanged"]]);

    const runs = path.join(prod.root, ".factory/runs");
    rmSync(runs, { recursive: true });
    writeFileSync(runs, "");
    const unwritten = await prod.record();
    assert.equal(unwritten.code, 70);
    assert.match(unwritten.said, /runs: this run is not recorded: .*ENOTDIR.*\n.*Make the folder writable\. What was/);
    assert.equal(readFileSync(runs, "utf8"), "");
  });

  it("goes back by the file alone, while staging is gone and the scan is old, and not to what was recalled", async () => {
    const name = `web-${count++}`;
    const change: Making["change"] = ({ platforms }) => {
      for (const each of Object.values(platforms)) each.scan = scanOf(hoursAgo(24 * 6.999));
    };
    const [first, second] = [
      await makeImage(source, signer, { repository: at(name), content: `${name} 1`, change }),
      await makeImage(source, signer, { repository: at(name), content: `${name} 2` }),
    ];
    const prod = await project();
    for (const image of [first, second]) {
      prod.release([entryOf(image, { version: image === first ? "1.4.9" : "1.5.0" })]);
      const { code, text } = await prod.up();
      assert.equal(code, 0, text);
    }
    assert.deepEqual([await meant(second, "prod"), await meant(second, "1")], [second.digest, second.digest]);

    const was = toStaging.fault;
    toStaging.fault = () => "reset";
    prod.release([entryOf(first, { version: "1.4.9" })]);
    const { code, text } = await prod.up();
    toStaging.fault = was;
    assert.equal(code, 0, text);
    assert.deepEqual(
      [await meant(first, "prod"), await meant(first, "1"), await meant(first, "1.5")],
      [first.digest, first.digest, second.digest],
    );
    assert.equal(historyOf("prod", await target.listTags(promoted(name))).length, 3);

    prod.recall({ digest: second.digest, image: "web", reason: "leaks", by: "security", date: "2026-01-01" });
    prod.release([entryOf(second, { version: "1.5.0" })]);
    written = [];
    const refusal = await prod.up();
    assert.notEqual(refusal.code, 0);
    assert.match(refusal.text, /was recalled on 2026-01-01 by security: leaks/);
    assert.deepEqual(written, []);
  });
});
