import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import { predicateTypes } from "../../domain/evidence/predicates.js";
import type { Statement } from "../../domain/evidence/types.js";
import { reproducedSchema } from "../../domain/reproduction/predicate.js";
import { provenanceIn } from "../../domain/verification/provenance.js";
import type { DigestReference } from "../../domain/verification/reference.js";
import type { RegistryClient } from "../../provider/registry/client.js";
import { contentOf, type Descriptor, jsonContent, mediaTypes } from "../../provider/registry/descriptor.js";
import { ensureLocalKey } from "../../provider/signing/local-key.js";
import { openSigner } from "../../provider/signing/open-signer.js";
import { readAttachments } from "../../provider/verify/read-attachments.js";
import { attestMatch } from "../../tools/reproduce/attest-match.js";
import { formatReproduction } from "../../tools/reproduce/format.js";
import { isMatch, type ReproduceOptions, type Reproduction, reproduce } from "../../tools/reproduce/reproduce.js";
import { servicesStatus } from "../../tools/services/local-services.js";
import { Cosign } from "../support/cosign.js";
import { useServices } from "../support/with-services.js";
import { ReleasedProject } from "./released-project.js";

const OS = "FROM scratch\nCOPY etc /etc\nUSER 65532:65532\n";
const WEB = "FROM factory.invalid/os\nCOPY app /app\nCOPY share /share\n";

describe("reproducing a release", function () {
  this.timeout("10m");
  const services = useServices({ tools: ["crane", "buildx", "cosign"] });
  const { PATH, BUILDX_CONFIG } = process.env;

  before(() => {
    Object.assign(process.env, { PATH: services().env.PATH, BUILDX_CONFIG: services().env.BUILDX_CONFIG });
  });
  after(() => {
    Object.assign(process.env, { PATH });
    if (BUILDX_CONFIG === undefined) delete process.env.BUILDX_CONFIG;
    else process.env.BUILDX_CONFIG = BUILDX_CONFIG;
  });

  function projectOf(name: string): ReleasedProject {
    const project = new ReleasedProject(services(), name);
    project.write({
      "bases/os/Dockerfile": OS,
      "bases/os/etc/os-release": "ID=test\n",
      "images/web/Dockerfile": WEB,
      "images/web/image.yaml": "description: a service\n",
      "images/web/app": "#!/bin/sh\n",
      "images/web/share/page.html": "<p>one</p>\n",
    });
    return project;
  }

  async function releaseOf(project: ReleasedProject, id: string): Promise<DigestReference> {
    const released = (await project.release()).get(id);
    assert.ok(released);
    return released;
  }

  const again = async (project: ReleasedProject, image: DigestReference, more: Partial<ReproduceOptions> = {}) =>
    reproduce(image, {
      client: project.client,
      keys: [(await project.signer()).publicKeyPem],
      project: project.root,
      folder: path.join(services().dataDir, "clean"),
      toolchain: services().toolchain,
      secrets: {},
      insecure: [],
      ...more,
    });

  describe("of an image on a base, for two platforms", () => {
    let project: ReleasedProject;
    let web: DigestReference;
    let reproduction: Reproduction;

    before(async () => {
      project = projectOf("match");
      project.commit();
      web = await releaseOf(project, "web");
      // What came later must not count, committed or not.
      project.write({ "images/web/share/page.html": "<p>two</p>\n", "bases/os/etc/os-release": "ID=other\n" });
      project.commit();
      project.write({ "images/web/app": "changed\n" });
      reproduction = await again(project, web);
    });

    it("gives the same manifests from the recorded materials alone", () => {
      assert.equal(isMatch(reproduction), true, formatReproduction(reproduction));
      assert.equal(reproduction.rebuilt, web.digest);
      assert.deepEqual(
        reproduction.platforms.map(({ platform, differences }) => [platform, differences]),
        [
          ["linux/amd64", []],
          ["linux/arm64", []],
        ],
      );
      assert.equal(reproduction.build.materials.length, 1);
      assert.match(
        formatReproduction(reproduction),
        /built again from commit [0-9a-f]{12} and 1 material by BuildKit v0\.31\.1\n/,
      );
    });

    it("is none where something was used that is not recorded", () => {
      const more = { ...reproduction, unrecorded: ["sha256:abc"] };
      assert.equal(isMatch(more), false);
      assert.match(formatReproduction(more), /\n {2}used without being recorded: sha256:abc\nNOT reproduced$/);
    });

    it("leaves nothing behind", () => assert.equal(existsSync(path.join(services().dataDir, "clean")), false));

    it("can be attested, and stock cosign verifies that", async () => {
      const builderId = "https://git.example/second/builders/test";
      const signer = await project.signer();
      await attestMatch(reproduction, { client: project.client, signer, builderId });
      const at = `${web.repository}@${web.digest}`;
      const found = await new Cosign(services()).verifyAttestation(at, predicateTypes.reproduced, signer.publicKeyPem);
      const predicates = found.map((statement) => reproducedSchema.parse((statement as Statement).predicate));
      assert.deepEqual(
        predicates.map(({ builder, platforms }) => [builder.id, platforms.length]),
        [[builderId, 2]],
      );
    });

    it("takes nothing else: a base that is gone from the registry is refused", async () => {
      const base = reproduction.build.materials[0];
      assert.ok(base);
      // The blobs are there as long as nobody collects garbage; its manifest is what a pull begins with.
      await project.client.deleteManifest(base.repository, base.digest);
      await assert.rejects(again(project, web), {
        name: "ProblemsError",
        message: /os@sha256:[0-9a-f]{64}: this material is not in the registry any more\.\n {3}Restore it/,
      });
    });
  });

  it("finds one flipped byte, and names its platform, layer and file", async () => {
    const project = projectOf("flipped");
    project.commit();
    const web = await releaseOf(project, "web");
    const { client } = project;
    const signer = await project.signer();
    const tampered = await flip(client, web, "linux/arm64", "<p>one</p>", "<p>onf</p>");
    const attachments = async (digest: string) =>
      provenanceIn(await readAttachments(client, web.repository, digest, [signer.publicKeyPem]));
    const [index, amd64] = await Promise.all([attachments(web.digest), attachments(tampered.untouched)]);
    assert.ok(index && amd64);
    await project.attachProvenance(tampered, index, new Map());

    const reproduction = await again(project, tampered);
    assert.equal(isMatch(reproduction), false);
    assert.deepEqual(
      reproduction.platforms.map(({ platform, differences }) => [platform, differences]),
      [
        ["linux/amd64", []],
        ["linux/arm64", ["layer 3 of 3: share/page.html: content differs"]],
      ],
    );
    assert.match(formatReproduction(reproduction), /linux\/arm64 .* differs: [\s\S]*NOT reproduced$/);
    await assert.rejects(attestMatch(reproduction, { client, signer, builderId: "x" }), /was not reproduced/);
  });

  /** Pushes an image that differs in one byte of one file, as somebody who owns the registry could. */
  async function flip(
    client: RegistryClient,
    { repository, digest }: DigestReference,
    platform: string,
    before: string,
    after: string,
  ): Promise<DigestReference & { readonly untouched: string }> {
    const { manifest: index } = await client.getManifest(repository, digest);
    const entries: Descriptor[] = [];
    let untouched = "";
    for (const entry of index.manifests ?? []) {
      if (`${entry.platform?.os}/${entry.platform?.architecture}` !== platform) {
        untouched = entry.digest;
        entries.push(entry);
        continue;
      }
      const { manifest } = await client.getManifest(repository, entry.digest);
      const last = manifest.layers?.at(-1);
      assert.ok(last);
      const tar = gunzipSync(await client.getBlob(repository, last.digest));
      const at = tar.indexOf(before);
      assert.ok(at > 0);
      tar.write(after, at);
      const layer = contentOf(last.mediaType, gzipSync(tar));
      await client.putBlob(repository, layer);
      const changed = { ...manifest, layers: [...(manifest.layers ?? []).slice(0, -1), layer.descriptor] };
      const content = jsonContent(mediaTypes.manifest, changed);
      await client.putManifest(repository, content);
      entries.push({ ...content.descriptor, ...(entry.platform && { platform: entry.platform }) });
    }
    const content = jsonContent(mediaTypes.index, { ...index, manifests: entries });
    await client.putManifest(repository, content);
    return { repository, digest: content.descriptor.digest, untouched };
  }

  it("refuses what was built from files that are in no commit", async () => {
    const project = projectOf("dirty");
    const commit = project.commit();
    project.write({ "images/web/app": "changed\n" });
    const web = await releaseOf(project, "web");
    await assert.rejects(again(project, web), {
      name: "ProblemsError",
      message: new RegExp(`built from ${commit.slice(0, 12)}-dirty, .*: nobody can build it again`),
    });
  });

  it("refuses a commit that this clone does not have", async () => {
    const project = projectOf("elsewhere");
    project.commit();
    const web = await releaseOf(project, "web");
    const other = projectOf("another");
    other.write({ "README.md": "another history\n" });
    other.commit();
    await assert.rejects(again(other, web), {
      name: "ProblemsError",
      message: /commit [0-9a-f]{40} is not in this clone/,
    });
  });

  it("refuses a record that nobody we trust has signed", async () => {
    const project = projectOf("unsigned");
    project.commit();
    const web = await releaseOf(project, "web");
    await ensureLocalKey(path.join(services().dataDir, "stranger"));
    const stranger = await openSigner("stranger/cosign.key", { root: services().dataDir });
    await assert.rejects(again(project, web, { keys: [stranger.publicKeyPem] }), {
      name: "ProblemsError",
      message: /the provenance .* does not count: the key .* signed it/,
    });
  });

  it("asks for the secrets that it was built with", async () => {
    const project = projectOf("secret");
    project.write({ "images/web/image.yaml": "description: a service\nsecrets: [token]\n" });
    project.commit();
    process.env.token = "given at the build";
    const web = await releaseOf(project, "web");
    delete process.env.token;
    await assert.rejects(again(project, web), {
      name: "ProblemsError",
      message: /secret token: .*\n {3}Give it: --secret token=FILE/,
    });
    assert.equal(isMatch(await again(project, web, { secrets: { token: "given at the build" } })), true);
  });

  it("checks out a commit that no branch leads to", async () => {
    const project = projectOf("rebased");
    project.commit();
    const web = await releaseOf(project, "web");
    project.git("checkout", "--quiet", "--orphan", "other");
    project.commit();
    for (const branch of project.git("branch", "--format=%(refname:short)").split("\n")) {
      if (branch !== "other") project.git("branch", "--quiet", "-D", branch);
    }
    assert.equal(isMatch(await again(project, web)), true);
  });

  describe("by the command", () => {
    let project: ReleasedProject;
    let web: DigestReference;

    before(async () => {
      project = projectOf("command");
      project.write({
        "images/web/image.yaml": "description: a service\nsecrets: [token]\n",
        token: "given at the build",
      });
      project.commit();
      process.env.token = "given at the build";
      web = await releaseOf(project, "web");
      delete process.env.token;
    });

    const reproduced = async () => {
      const { publicKeyPem } = await project.signer();
      const { statements } = await readAttachments(project.client, web.repository, web.digest, [publicKeyPem]);
      return statements.filter(({ statement }) => statement.predicateType === predicateTypes.reproduced).length;
    };

    it("prints what came of it, and attests it when asked to, once", async () => {
      for (const image of ["web", `web@${web.digest}`]) {
        const run = project.factory("reproduce", image, "--attest", "--secret", "token=token");
        assert.equal(await run.ended, 0, run.stderr);
        assert.match(run.stdout, new RegExp(`^${web.repository}@${web.digest}\n[\\s\\S]*\nreproduced\nattested with`));
        assert.equal(await reproduced(), 1);
      }
    });

    it("knows releases only", async () => {
      const run = project.factory("reproduce", "web:nowhere");
      assert.equal(await run.ended, 1);
      assert.match(run.stderr, /web:nowhere: there is no such release\.\n {3}Name a released image/);
    });

    it("removes what it has started when it is interrupted", async () => {
      const run = project.factory("reproduce", "web", "--secret", "token=token");
      await run.says("building web again");
      const folder = path.join(project.dataDir, "reproduce");
      while (!(await isRunning(folder))) await delay(20);
      run.process.kill("SIGINT");
      assert.equal(await run.ended, 130);
      assert.equal(existsSync(folder), false);
    });
  });
});

async function isRunning(dataDir: string): Promise<boolean> {
  return (await servicesStatus(dataDir)).every(({ state }) => state === "running");
}
