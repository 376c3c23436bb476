import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { predicateTypes } from "../domain/evidence/predicates.js";
import type { PlatformManifest } from "../domain/evidence/types.js";
import { valueOrThrow } from "../domain/problems.js";
import { loadProject } from "../domain/project/load.js";
import { loadSettings } from "../domain/settings/load.js";
import type { TestSuite } from "../domain/tests/types.js";
import { captureBuild } from "../provider/provenance/capture.js";
import { RegistryClient } from "../provider/registry/client.js";
import { readPlatforms } from "../provider/registry/platforms.js";
import { ensureLocalKey } from "../provider/signing/local-key.js";
import { runTests } from "../provider/tests/run-tests.js";
import { plantedScan } from "../test/support/advisories.js";
import { Cosign } from "../test/support/cosign.js";
import { packagedFiles } from "../test/support/packaged-image.js";
import { evidenceTools } from "../test/support/project.js";
import { trueProgram } from "../test/support/true-program.js";
import { type TestServices, withServices } from "../test/support/with-services.js";
import { nameOf } from "../tools/engine/events.js";
import { BenchProject } from "./fleet-project.js";
import { stopwatch, takeTurns } from "./rounds.js";
import { stockEnvironment } from "./stock-scanners.js";
import type { BenchRow } from "./types.js";

const run = promisify(execFile);

const ROUNDS = 5;
const TIMES_TOOLS = 1.3;
const ID = "image";
const FILES = 500;
const FILE_BYTES = 100_000;
const architectures = ["amd64", "arm64"];

/** A new image from quarantine to all its evidence: by the factory, and by the bare tools run in their best order. */
export function benchNewImage(): Promise<readonly BenchRow[]> {
  return withServices(measure, { tools: [...evidenceTools, "cosign", "grype", "syft"] });
}

async function measure(services: TestServices): Promise<readonly BenchRow[]> {
  // What runs in this process looks for its programs there.
  Object.assign(process.env, services.env);
  const proved = new BenchProject(services, "proved", { evidence: true });
  const bare = new BenchProject(services, "bare");
  for (const project of [proved, bare]) writeImage(project);
  const tools = await BareTools.prepare(services, bare);
  const times = await takeTurns(
    ROUNDS,
    {
      async ours() {
        renew(proved);
        return evidenceTime(proved);
      },
      async tools() {
        renew(bare);
        await bare.update();
        return tools.time((await bare.digests()).get(ID) ?? "");
      },
    },
    () => proved.settled(),
  );
  const ratio = times.ours.min / times.tools.min;
  return [
    {
      name: `a new image of ${(FILES * FILE_BYTES) / 1e6} MB on ${architectures.length} platforms, from quarantine to all its evidence`,
      ours: times.ours,
      reference: times.tools,
      result: `${ratio.toFixed(2)} times the bare tools`,
      goal: { text: `at most ${TIMES_TOOLS} times`, met: ratio <= TIMES_TOOLS },
      notes: "syft, grype, our test runner and 11 times cosign, both platforms at once, tests beside scans",
    },
  ];
}

function writeImage(project: BenchProject): void {
  const files = Object.entries(packagedFiles).map(([name, text]) => [`images/${ID}/files/${name}`, text] as const);
  project.write({
    ...Object.fromEntries(files),
    [`images/${ID}/Dockerfile`]:
      "FROM scratch\nARG TARGETARCH\nCOPY files /\nCOPY true /true\nCOPY payload-$" +
      "{TARGETARCH} /payload\nUSER 65532:65532\n",
    [`images/${ID}/test.yaml`]:
      'schemaVersion: "2.0.0"\nfileExistenceTests:\n  - { name: payload, path: /payload/0, shouldExist: true }\n',
    [`images/${ID}/true`]: trueProgram(),
  });
  chmodSync(path.join(project.root, `images/${ID}/true`), 0o755);
}

/** Other content, so that nothing is known of the image. */
function renew(project: BenchProject): void {
  for (const architecture of architectures) {
    const folder = path.join(project.root, `images/${ID}/payload-${architecture}`);
    mkdirSync(folder, { recursive: true });
    for (let file = 0; file < FILES; file += 1) writeFileSync(path.join(folder, String(file)), randomBytes(FILE_BYTES));
  }
  project.commit();
}

/** How long the engine waits for the evidence, in milliseconds. */
async function evidenceTime(project: BenchProject): Promise<number> {
  let [start, end] = [Number.NaN, Number.NaN];
  await project.update(({ resourcePreEvent, resOutputsEvent }) => {
    const isEvidence = (urn = "") => nameOf(urn) === `${ID}-evidence`;
    if (isEvidence(resourcePreEvent?.metadata.urn)) start = performance.now();
    if (isEvidence(resOutputsEvent?.metadata.urn)) end = performance.now();
  });
  return end - start;
}

/** What somebody would run who has an image in a registry and no factory. */
class BareTools {
  private readonly cosign: Cosign;
  private readonly repository: string;

  private constructor(
    private readonly services: TestServices,
    private readonly env: NodeJS.ProcessEnv,
    private readonly suite: TestSuite,
    private readonly password: string,
  ) {
    this.cosign = new Cosign(services);
    this.repository = `${services.registry}/candidate/${ID}`;
  }

  static async prepare(services: TestServices, project: BenchProject): Promise<BareTools> {
    const settings = valueOrThrow("the settings", await loadSettings(project.root, "local"));
    const { evidence } = (await loadProject(project.root, settings, "2026-01-01")).value;
    const suite = evidence.images.get(ID)?.tests;
    if (suite === undefined) throw new Error(`${ID} has no tests`);
    const keys = path.join(services.dataDir, "keys");
    await ensureLocalKey(keys);
    const password = (await readFile(path.join(keys, "cosign.password"), "utf8")).trim();
    const env = await stockEnvironment(services, plantedScan(services).database);
    return new BareTools(services, env, suite, password);
  }

  async time(digest: string): Promise<number> {
    const client = new RegistryClient(this.services.registry, true);
    const platforms = await readPlatforms(client, this.repository, digest);
    return stopwatch(async () => {
      const { builder } = this.services;
      const image = { repository: this.repository, digest, platforms };
      const [{ reports }, build, scans] = await Promise.all([
        runTests(image, this.suite, { builder, client }),
        captureBuild(builder, image),
        Promise.all(platforms.map((manifest) => this.scan(manifest))),
      ]);
      const perPlatform = platforms.map(async ({ digest: subject, platform }, index) => {
        const { sbom, vuln } = scans[index] ?? { sbom: "", vuln: "" };
        const slsa = this.write(`${platform} slsa`, build?.provenance.get(platform));
        const tests = this.write(`${platform} tests`, reports[index]);
        // One after another: two at once on one digest lose what one of them attached.
        await this.attest(subject, "spdxjson", sbom);
        await this.attest(subject, "slsaprovenance1", slsa);
        await this.attest(subject, "vuln", vuln);
        await this.attest(subject, predicateTypes.tests, tests);
      });
      const atIndex = async () => {
        await this.attest(digest, "spdxjson", scans[0]?.sbom ?? "");
        await this.attest(digest, "slsaprovenance1", this.write("index slsa", build?.provenance.values().next().value));
        await this.run("sign", digest, []);
      };
      await Promise.all([...perPlatform, atIndex()]);
    });
  }

  /** @returns files with the SBOM and with cosign's predicate of the findings */
  private async scan({
    digest,
    platform,
  }: PlatformManifest): Promise<{ readonly sbom: string; readonly vuln: string }> {
    const options = { env: this.env, maxBuffer: 1 << 28 };
    const sbom = this.file(`${platform} sbom`);
    const scanStartedOn = new Date().toISOString();
    await run("syft", [`registry:${this.repository}@${digest}`, "-o", `spdx-json=${sbom}`, "-q"], options);
    const { stdout } = await run("grype", [`sbom:${sbom}`, "-o", "json", "-q"], options);
    const metadata = { scanStartedOn, scanFinishedOn: new Date().toISOString() };
    const scanner = { uri: "", version: "", db: { uri: "", version: "" }, result: JSON.parse(stdout) };
    return { sbom, vuln: this.write(`${platform} vuln`, { invocation: {}, scanner, metadata }) };
  }

  private attest(subject: string, type: string, predicate: string): Promise<void> {
    return this.run("attest", subject, ["--type", type, "--predicate", predicate]);
  }

  private async run(command: "attest" | "sign", subject: string, args: readonly string[]): Promise<void> {
    const offline = ["--use-signing-config=false", "--tlog-upload=false", "--allow-http-registry", "--yes"];
    const key = ["--key", path.join(this.services.dataDir, "keys", "cosign.key")];
    await this.cosign.cosign([command, ...offline, ...key, ...args, `${this.repository}@${subject}`], this.password);
  }

  private write(name: string, value: unknown): string {
    writeFileSync(this.file(name), JSON.stringify(value));
    return this.file(name);
  }

  private file(name: string): string {
    return path.join(this.services.dataDir, `${name.replaceAll(/\W/g, "-")}.json`);
  }
}
