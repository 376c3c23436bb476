import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import path from "node:path";
import { promisify } from "node:util";
import { predicateTypes } from "../domain/evidence/predicates.js";
import type { EvidencePlan } from "../domain/evidence/spec.js";
import type { PlatformManifest } from "../domain/evidence/types.js";
import type { SpdxDocument } from "../domain/sbom/spdx.js";
import { RegistryClient } from "../provider/registry/client.js";
import { tag } from "../provider/registry/copy.js";
import { rescan } from "../provider/rescan/rescan.js";
import { makeSbom } from "../provider/sbom/make-sbom.js";
import { attest } from "../provider/signing/attest.js";
import { newSigner } from "../test/registry-client/bundles.js";
import { buildDatabase, scanSettings } from "../test/scan/database-fixture.js";
import { pushPackagedImage } from "../test/support/packaged-image.js";
import { testSettings } from "../test/support/settings.js";
import type { SmallImage } from "../test/support/small-image.js";
import { type TestServices, withServices } from "../test/support/with-services.js";
import { stopwatch, takeTurns } from "./rounds.js";
import { stockEnvironment } from "./stock-scanners.js";
import type { BenchRow } from "./types.js";

const run = promisify(execFile);

const IMAGES = 100;
/** Bytes of each image that no package explains. */
const IMAGE_BYTES = 5_000_000;
const ROUNDS = 2;
/** Images that the stock tools pull and scan in a round; their time is taken for all. */
const SAMPLE = 5;
const TIMES_AS_FAST = 20;

/** A fleet scanned anew from its stored SBOMs, and by stock syft and grype, which pull every platform of every image. */
export function benchRescan(): Promise<readonly BenchRow[]> {
  return withServices(measure, { tools: ["factory-scan", "grype", "syft"] });
}

async function measure(services: TestServices): Promise<readonly BenchRow[]> {
  process.env.PATH = services.env.PATH;
  const { registry, dataDir } = services;
  const client = new RegistryClient(registry);
  const signer = await newSigner();
  const database = path.join(dataDir, "advisories.tar.gz");
  buildDatabase(database);
  const { signal } = new AbortController();
  const images: SmallImage[] = [];
  const sboms: SpdxDocument[] = [];
  for (let index = 0; index < IMAGES; index += 1) {
    const repository = `${registry}/image-${index}`;
    const image = await pushPackagedImage(client, repository, {
      "app/data": randomBytes(IMAGE_BYTES).toString("latin1"),
    });
    for (const [platform, manifest] of image.platforms.entries()) {
      // All hold the same packages.
      sboms[platform] ??= await sbomOf(repository, manifest, signal);
      const { digest: subject } = manifest;
      const statement = {
        _type: "https://in-toto.io/Statement/v1" as const,
        subject: [{ digest: { sha256: subject.slice("sha256:".length) } }],
        predicateType: predicateTypes.sbom,
        predicate: sboms[platform],
      };
      await attest(client, { repository, subject, statements: [statement], signer });
    }
    await tag(client, repository, image.digest, "local");
    images.push(image);
  }

  const settings = testSettings({ registry, scan: scanSettings({ database, maxAge: "3650d" }) });
  const { failOn, unfixed, scanners } = settings.scan;
  const rules = {
    settings: settings.scan,
    policy: { failOn, unfixed, scanners },
    exceptions: [],
    expired: [],
    vex: [],
    development: false,
  };
  const ids = images.map((_, index) => `image-${index}`);
  const evidence = { images: new Map(ids.map((id) => [id, { scan: rules }])), recalls: [] } as unknown as EvidencePlan;
  const found = { ours: new Set<string>(), stock: new Set<string>() };
  const stock = await stockEnvironment(services, database);

  const times = await takeTurns(ROUNDS, {
    ours: () =>
      stopwatch(async () => {
        const { report } = await rescan({
          root: "/",
          settings,
          evidence,
          images: new Map(ids.map((id) => [id, []])),
          keys: [signer.publicKeyPem],
          client,
          signal,
          progress: () => {},
        });
        for (const { platforms } of report.images.slice(0, SAMPLE)) {
          for (const { new: fresh, platform } of platforms) {
            for (const { finding } of fresh) found.ours.add(`${platform} ${finding.id} ${finding.package.name}`);
          }
        }
      }),
    stock: async () => {
      const time = await stopwatch(async () => {
        for (const [index, image] of images.slice(0, SAMPLE).entries()) {
          for (const { digest, platform } of image.platforms) {
            const reference = `registry:${registry}/image-${index}@${digest}`;
            const options = { env: stock, maxBuffer: 1 << 28 };
            const sbom = path.join(dataDir, "stock.spdx.json");
            await run("syft", [reference, "-o", `spdx-json=${sbom}`, "-q"], options);
            const { stdout } = await run("grype", [`sbom:${sbom}`, "-o", "json", "-q"], options);
            for (const match of JSON.parse(stdout).matches) {
              found.stock.add(`${platform} ${match.vulnerability.id} ${match.artifact.name}`);
            }
          }
        }
      });
      return (time / SAMPLE) * IMAGES;
    },
  });

  const same = [...found.ours].sort().join() === [...found.stock].sort().join() && found.ours.size > 0;
  const ratio = times.stock.min / times.ours.min;
  return [
    {
      name: `${IMAGES} images on two platforms rescanned`,
      ours: times.ours,
      reference: times.stock,
      result: `${ratio.toFixed(1)} times as fast, ${same ? "the same" : "other"} findings`,
      goal: {
        text: `at least ${TIMES_AS_FAST} times as fast as pulling and scanning each, and the same findings`,
        met: ratio >= TIMES_AS_FAST && same,
      },
      notes: `images of ${IMAGE_BYTES / 1e6} MB; the stock tools' time is that of ${SAMPLE} images, for ${IMAGES}`,
    },
  ];
}

function sbomOf(repository: string, manifest: PlatformManifest, signal: AbortSignal): Promise<SpdxDocument> {
  const identity = { repository, name: repository, owner: "Example", suppliers: {} };
  return makeSbom({ ...identity, manifest, insecure: true, signal });
}
