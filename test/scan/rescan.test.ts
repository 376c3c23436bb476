import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { EvidencePlan } from "../../domain/evidence/spec.js";
import type { DriftReport } from "../../domain/report/drift.js";
import type { SpdxDocument } from "../../domain/sbom/spdx.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { tag } from "../../provider/registry/copy.js";
import { attestScans } from "../../provider/rescan/attest-scans.js";
import { readReleased } from "../../provider/rescan/released-sboms.js";
import { type Rescan, rescan } from "../../provider/rescan/rescan.js";
import type { Signer } from "../../provider/signing/signer.js";
import { newSigner } from "../registry-client/bundles.js";
import { testSettings } from "../support/settings.js";
import { usePath } from "../support/use-path.js";
import { useServices } from "../support/with-services.js";
import { makeImage, type ProvedImage } from "../verification/proved-image.js";
import { advisories, baseSbom, buildDatabase, scanSettings, withPackage } from "./database-fixture.js";

const glibc = "DEBIAN-CVE-2099-0001";
const waitress = "GHSA-aaaa-bbbb-cccc";

describe("a rescan of released images", () => {
  const services = useServices({ tools: ["factory-scan"] });
  usePath(services);
  const { signal } = new AbortController();
  let root = "";
  let client: RegistryClient;
  let signer: Signer;
  let web: ProvedImage;

  before(async () => {
    root = mkdtempSync(path.join(tmpdir(), "rescan-"));
    client = new RegistryClient(services().registry);
    signer = await newSigner();
    // What was known at first, and what became known later.
    mkdirSync(path.join(root, "few"));
    cpSync(path.join(advisories, "DEBIAN-CVE-2099-0001.json"), path.join(root, "few/debian.json"));
    buildDatabase(path.join(root, "few.tar.gz"), path.join(root, "few"));
    buildDatabase(path.join(root, "all.tar.gz"));
    mkdirSync(path.join(root, "none"));
    cpSync(path.join(advisories, "withdrawn.json"), path.join(root, "none/withdrawn.json"));
    cpSync(path.join(advisories, "GHSA-dddd-eeee-ffff.json"), path.join(root, "none/other.json"));
    buildDatabase(path.join(root, "none.tar.gz"), path.join(root, "none"));
    await publish("base", baseSbom());
    web = await publish("web", withPackage("waitress", "3.0.2", "pkg:pypi/waitress@3.0.2"));
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  /** Releases an image whose platforms have this SBOM, and leaves it in quarantine as well. */
  async function publish(id: string, sbom: SpdxDocument): Promise<ProvedImage> {
    const { registry } = services();
    const making = (repository: string) => ({
      repository,
      content: id,
      change: (evidence: Parameters<NonNullable<Parameters<typeof makeImage>[2]["change"]>>[0]) => {
        for (const said of Object.values(evidence.platforms)) said.sbom = sbom;
      },
    });
    await makeImage(client, signer, making(`${registry}/candidate/${id}`));
    const released = await makeImage(client, signer, making(`${registry}/${id}`));
    await tag(client, released.repository, released.digest, "local");
    return released;
  }

  async function scanWith(database: string, ids = ["base", "web"]): Promise<Rescan> {
    const settings = testSettings({ registry: services().registry, scan: scanSettings({ database, maxAge: "3650d" }) });
    const { failOn, unfixed, scanners } = settings.scan;
    const scan = {
      settings: settings.scan,
      policy: { failOn, unfixed, scanners },
      exceptions: [],
      expired: [],
      vex: [],
      development: true,
    };
    const specs = ids.map((id) => [id, { scan }] as const);
    const evidence = { images: new Map(specs), recalls: [] } as unknown as EvidencePlan;
    const images = new Map(
      [
        ["base", []],
        ["web", ["base"]],
        ["gone", []],
      ].filter(([id]) => ids.includes(id as string)) as [string, string[]][],
    );
    const keys = [signer.publicKeyPem];
    return rescan({ root, settings, evidence, images, keys, client, signal, progress: () => {} });
  }

  const attest = ({ scans }: Rescan) => attestScans(client, services().registry, scans, signer, signal);

  /** `state id from`, of the first platform. */
  function told({ images }: DriftReport, id: string): readonly string[] {
    const platform = images.find(({ image }) => image === id)?.platforms[0];
    const line = (state: string) => (it: { finding: { id: string }; inheritedFrom?: string }) =>
      `${state} ${it.finding.id} ${it.inheritedFrom ?? "own"}`;
    const fixed = (platform?.fixed ?? []).map((finding) => `fixed ${finding.id}`);
    return [...(platform?.new ?? []).map(line("new")), ...(platform?.open ?? []).map(line("open")), ...fixed].sort();
  }

  it("tells what is new, what is still open and since when, and what is fixed, inherited or own", async () => {
    const first = await scanWith("few.tar.gz");
    assert.deepEqual(told(first.report, "base"), [`new ${glibc} own`]);
    assert.deepEqual(told(first.report, "web"), [`new ${glibc} base`]);
    await attest(first);

    const second = await scanWith("all.tar.gz");
    assert.deepEqual(told(second.report, "web"), [`new ${waitress} own`, `open ${glibc} base`]);
    const open = second.report.images[1]?.platforms[0]?.open[0]?.finding;
    assert.equal(open?.since, first.report.scannedOn);
    assert.ok(second.report.images.every(({ platforms }) => platforms[0]?.failures.length !== 0));
    await attest(second);

    const third = await scanWith("none.tar.gz");
    assert.deepEqual(told(third.report, "web"), [`fixed ${glibc}`, `fixed ${waitress}`].sort());
    assert.deepEqual(third.report.unscanned, []);
  });

  it("attests the new scan in place of the old, to what is released and to its candidate", async () => {
    await attest(await scanWith("all.tar.gz"));
    for (const repository of ["web", "candidate/web"].map((name) => `${services().registry}/${name}`)) {
      const { platforms } = await readReleased(client, repository, web.digest, [signer.publicKeyPem], signal);
      for (const { scan } of platforms) assert.equal(scan?.scanner.result.findings.length, 2);
    }
  });

  it("names an image without an SBOM by our key, and goes on with the others", async () => {
    const other = await newSigner();
    const { registry } = services();
    const gone = await makeImage(client, other, { repository: `${registry}/gone`, content: "gone" });
    await tag(client, gone.repository, gone.digest, "local");
    const { report } = await scanWith("all.tar.gz", ["base", "gone"]);
    assert.deepEqual(
      report.images.map(({ image }) => image),
      ["base"],
    );
    assert.match(report.unscanned[0]?.problem ?? "", /gone@sha256:\w+: linux\/\w+ has no SBOM by a key that counts/);
  });

  it("is refused where there is no database: nobody would have looked", async () => {
    await assert.rejects(scanWith("nowhere.tar.gz"), /nowhere\.tar\.gz could not be had/);
  });
});
