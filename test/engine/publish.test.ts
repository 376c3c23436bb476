import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { loadLockSources } from "../../domain/lock/load-sources.js";
import { expectedRequest } from "../../domain/lock/sources.js";
import { foldersOf, splitFolders } from "../../domain/plan/revisions.js";
import type { BuildPlan, NamedContextSource, PlannedImage } from "../../domain/plan/types.js";
import { renderBake } from "../../domain/render/bake.js";
import { findBuildRecord, readAttestation, readResolvedDependencies } from "../../provider/buildkit/build-record.js";
import { Registry } from "../support/oci.js";
import { type RunResult, TestProject } from "../support/project.js";
import { useServices } from "../support/with-services.js";

const run = promisify(execFile);
const platforms = ["linux/amd64", "linux/arm64"];
const secret = "a-key-that-must-be-nowhere-4711";

describe("the project's own images", () => {
  const services = useServices({ tools: ["crane", "pulumi", "docker-build", "buildx", "image-test", "factory-scan"] });
  let project: TestProject;
  let registry: Registry;
  let plan: BuildPlan;
  let result: RunResult;

  before(async () => {
    project = new TestProject(services(), "own", { evidence: true });
    project.copy("bases", "images", "mixins");
    project.commit();
    registry = new Registry(services());
    plan = await project.plan();
    await project.setSecret("origin-key", secret);
    result = await project.up();
    assert.equal(result.code, 0, JSON.stringify(result.troubles, undefined, 2));
  });

  const digestOf = (id: string) => {
    const digest = result.images.find((image) => image.id === id)?.digest;
    assert.ok(digest !== undefined, `${id} has no digest`);
    return digest;
  };
  const released = () => new Map(plan.images.map(({ id }) => [id, digestOf(id)]));
  const pinned = (source: NamedContextSource) => (source.kind === "managed" ? digestOf(source.id) : source.digest);

  it("are released for both platforms, under the build's tag and the channel", async () => {
    for (const { id, buildId } of plan.images) {
      const tags = await registry.tags(id);
      assert.ok(tags.includes("local") && tags.includes(`b-${buildId.slice(0, 16)}`), `${id}: ${tags}`);
      assert.equal(await registry.digest(`${id}:local`), digestOf(id));
      assert.deepEqual(await registry.platforms(`${id}:local`), platforms);
    }
  });

  it("have no tag in quarantine but those that hold their evidence", async () => {
    for (const { id } of plan.images) {
      for (const tag of await registry.tags(`candidate/${id}`)) assert.match(tag, /^sha256-[0-9a-f]{64}(\.record)?$/);
    }
  });

  it("run as a numeric user that is not root, and say where they come from", async () => {
    for (const planned of plan.images) {
      for (const platform of platforms) {
        const { User, Labels } = await registry.config(`${planned.id}:local`, platform);
        assert.match(User ?? "", /^[1-9]\d*(:\d+)?$/, planned.id);
        const folders = splitFolders(foldersOf(planned.node));
        assert.equal(
          Labels["org.opencontainers.image.revision"],
          project.git("log", "-1", "--format=%H", "--", ...folders),
        );
        assert.equal(
          Labels["org.opencontainers.image.vendor"],
          "image factory",
          "a mixin's label, and what stands on it",
        );
        assert.ok(Labels["org.opencontainers.image.source"], `${planned.id} has no source`);
        if (planned.base === undefined) continue;
        assert.equal(Labels["org.opencontainers.image.base.digest"], pinned(planned.base.source));
        assert.equal(Labels["org.opencontainers.image.base.name"], logicalName(planned.base.source));
      }
    }
  });

  it("were built from exactly what their Dockerfiles reach, by BuildKit's own record", async () => {
    const options = { buildctl: services().toolchain.program("buildctl") };
    for (const planned of plan.images) {
      const found = await readResolvedDependencies(services().buildkitHost, digestOf(planned.id), options);
      assert.ok(found !== undefined, `BuildKit has no record of ${planned.id}`);
      assert.deepEqual(
        unique(found.map(({ digest }) => `sha256:${digest.sha256}`)),
        unique(planned.namedContexts.flatMap(({ source }) => (source.kind === "mixin" ? [] : [pinned(source)]))),
        planned.id,
      );
    }
  });

  it("come out the same when built again without any cache, by buildx bake with the generated file", async () => {
    const folder = mkdtempSync(path.join(services().dataDir, "bake-"));
    const metadata = path.join(folder, "metadata.json");
    writeFileSync(path.join(folder, "origin-key"), secret);
    writeFileSync(
      path.join(folder, "docker-bake.hcl"),
      renderBake(plan, { registry: services().registry, digests: released() }),
    );
    const args = [
      "bake",
      "--file",
      path.join(folder, "docker-bake.hcl"),
      "--no-cache",
      "--progress",
      "plain",
      "--metadata-file",
      metadata,
      "--allow",
      "fs=*",
    ];
    await run("buildx", args, {
      cwd: project.root,
      env: { ...process.env, ...services().env, "origin-key": secret },
      maxBuffer: 1 << 28,
    });
    const built = JSON.parse(readFileSync(metadata, "utf8"));
    assert.deepEqual(new Map(plan.images.map(({ id }) => [id, built[id]["containerimage.digest"]])), released());
  });

  it("passed their tests on both platforms, health endpoints included", () => {
    for (const { id, node } of plan.images) {
      const report = readFileSync(path.join(project.root, ".factory/reports", id, "junit.xml"), "utf8");
      assert.match(report, /^<testsuites name="[^"]+" tests="\d+" failures="0" skipped="0"/m, id);
      for (const mode of ["native", "emulated"])
        assert.ok(report.includes(`name="mode" value="${mode}"`), `${id}: ${mode}`);
      const smoke = report.match(/<testcase name="smoke"/g)?.length ?? 0;
      assert.equal(smoke, node.variant.smoke === undefined ? 0 : platforms.length, id);
    }
  });

  it("keep the build secret out of layers, configuration, state, log and build record", async () => {
    const seen: [place: string, content: string | Buffer][] = [["the engine's log", result.text]];
    for (const platform of platforms) {
      const files = await registry.files("webhook-relay:local", platform);
      assert.ok(files.includes("origin.json"), "the image was not stamped with the secret");
      seen.push(
        [`layers of ${platform}`, files],
        [
          `configuration of ${platform}`,
          await registry.crane("config", "--platform", platform, registry.at("webhook-relay:local")),
        ],
      );
    }
    const state = path.join(project.root, ".factory");
    for (const name of readdirSync(state, { recursive: true, withFileTypes: true })) {
      if (name.isFile())
        seen.push([path.join(name.parentPath, name.name), readFileSync(path.join(name.parentPath, name.name))]);
    }
    const options = { buildctl: services().toolchain.program("buildctl") };
    const record = await findBuildRecord(services().buildkitHost, digestOf("webhook-relay"), options);
    assert.ok(record !== undefined && record.attestations.length > 0, "BuildKit has no record");
    for (const attestation of record.attestations) {
      seen.push([
        "the build record",
        JSON.stringify(await readAttestation(services().buildkitHost, attestation, options)),
      ]);
    }
    assert.deepEqual(
      seen.filter(([, content]) => content.includes(secret)).map(([place]) => place),
      [],
    );
  });

  it("are marked with all that stands on them when a base's lock changes", async () => {
    const files = ["bases/node/packages.lock.json", "images/factory/packages.lock.json"] as const;
    const [node, factory] = files.map((file) => readFileSync(path.join(project.root, file), "utf8"));
    assert.ok(node !== undefined && factory !== undefined);
    project.write({
      [files[0]]: node.replace(/"digest": "sha256:[0-9a-f]{64}"/, `"digest": "sha256:${"0".repeat(64)}"`),
    });
    try {
      // What extends a lock is made with it, as `factory lock node` does.
      const { value: sources } = await loadLockSources(project.root, false);
      const source = sources.find(({ name }) => name === "factory") ?? assert.fail("images/factory has no lock");
      project.write({ [files[1]]: factory.replace(source.lock?.request ?? "", expectedRequest(source, sources)) });
      assert.deepEqual((await project.preview()).built, ["node", "webhook-relay"]);
    } finally {
      project.write({ [files[0]]: node, [files[1]]: factory });
    }
  });

  it("are marked when files of a mixin that they have change, with all that stands on them", async () => {
    const file = "mixins/users/rootfs/etc/group";
    const text = readFileSync(path.join(project.root, file), "utf8");
    project.write({ [file]: `${text}audio:x:29:\n` });
    try {
      const all = plan.images.map(({ id }) => id).sort();
      assert.deepEqual([...(await project.preview()).built].sort(), all);
    } finally {
      project.write({ [file]: text });
    }
  });
});

function logicalName(source: NonNullable<PlannedImage["base"]>["source"]): string {
  assert.notEqual(source.kind, "external");
  if (source.kind === "managed") return source.id;
  return source.kind === "external" ? source.repository : `${source.kind}/${source.name}`;
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort();
}
