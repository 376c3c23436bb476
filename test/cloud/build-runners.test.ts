import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { builderInstances } from "../../domain/cloud/buildkit.js";
import { cloudSchema } from "../../domain/settings/cloud.js";
import { findPartRecord } from "../../provider/buildkit/build-record.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { readPlatforms } from "../../provider/registry/platforms.js";
import { projectRoot } from "../../tools/project.js";
import { BuildDaemon, makeCertificates } from "../support/build-daemon.js";
import { evidenceTools, TestProject } from "../support/project.js";
import { cloudConfig } from "../support/staging.js";
import { useServices } from "../support/with-services.js";

const run = promisify(execFile);

describe("a builder of two daemons, by the files that are made of a stack's outputs", () => {
  const services = useServices({ tools: [...evidenceTools, "buildx"] });
  // Addresses of this process alone: daemons always listen on the same port.
  const host = (pool: string) => `127.42.${process.pid % 250}.${pool === "amd64" ? 1 : 2}`;
  const daemons: Record<string, BuildDaemon> = {};
  let certificates: string;
  let project: TestProject;

  before(async () => {
    certificates = path.join(services().dataDir, "certificates");
    makeCertificates(certificates, ["amd64", "arm64"].map(host));
    const pools = { amd64: { cacheGi: 10 }, arm64: { cacheGi: 10 } };
    const { runners } = cloudSchema.parse({
      ...cloudConfig,
      runners: { ...cloudConfig.runners, certificates, pools },
    });
    assert.ok(runners?.pools.amd64 !== undefined);
    for (const pool of ["amd64", "arm64"]) {
      daemons[pool] = await BuildDaemon.start(services(), host(pool), runners.pools.amd64, certificates);
    }
    const builders = builderInstances("factory", runners, (pool) => [host(pool)]);
    const folder = path.join(services().dataDir, "two-daemons");
    const written = run(path.join(projectRoot, "cli/factory"), ["builders", "--output", folder]);
    written.child.stdin?.end(JSON.stringify({ builders }));
    assert.equal((await written).stdout, "factory\n");
    project = new TestProject(services(), "two-daemons", { evidence: true, env: { BUILDX_CONFIG: folder } });
    project.write({
      "images/web/Dockerfile": "FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /arch\nUSER 65532:65532\n",
      "images/web/amd64": "amd64\n",
      "images/web/arm64": "arm64\n",
    });
    project.commit();
  });
  after(async () => {
    for (const daemon of Object.values(daemons)) await daemon.stop();
  });

  it("builds each platform where it is native, and proves and releases both as one image", async () => {
    const { code, images, text } = await project.up({ config: { "factory:builder": "factory" } });
    assert.equal(code, 0, text.slice(-4000));
    const [image] = images;
    assert.equal(image?.state, "built");
    const { registry, toolchain } = services();
    const platforms = await readPlatforms(new RegistryClient(registry), `${registry}/web`, image?.digest ?? "");
    assert.deepEqual(platforms.map(({ platform }) => platform).sort(), ["linux/amd64", "linux/arm64"]);
    // The records are there under tags, too.
    const tags = await new RegistryClient(registry).listTags(`${registry}/candidate/web`);
    assert.deepEqual(
      tags.filter((tag) => !tag.startsWith("sha256-")),
      ["latest"],
    );
    const options = { buildctl: toolchain.program("buildctl"), tls: BuildDaemon.tls(certificates) };
    for (const { platform, digest } of platforms) {
      for (const [pool, { address }] of Object.entries(daemons)) {
        const record = await findPartRecord(address, digest, `${registry}/candidate/web`, options);
        assert.equal(record !== undefined, platform === `linux/${pool}`, `${platform} on ${pool}`);
      }
    }
  });

  it("changes nothing when nothing changed", async () => {
    const { code, changed, text } = await project.up({ config: { "factory:builder": "factory" } });
    assert.equal(code, 0, text);
    assert.deepEqual(changed, []);
  });

  it("speaks to nobody without a client's certificate", async () => {
    const [, , ...own] = BuildDaemon.tls(certificates);
    const withoutOwn = BuildDaemon.tls(certificates).slice(0, -own.length);
    const address = daemons.amd64?.address ?? "";
    const args = ["--addr", address, "--timeout", "5", ...withoutOwn, "debug", "workers"];
    await assert.rejects(run(services().toolchain.program("buildctl"), args), /certificate|deadline|EOF|reset/);
  });
});
