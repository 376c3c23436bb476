import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { predicateTypes } from "../../domain/evidence/predicates.js";
import type { Statement } from "../../domain/evidence/types.js";
import type { PlannedImage } from "../../domain/plan/types.js";
import { writeGeneratedDockerfiles } from "../../domain/plan/write-dockerfiles.js";
import type { Provenance } from "../../domain/provenance/schema.js";
import { renderBake } from "../../domain/render/bake.js";
import { LOCAL_KEY } from "../../domain/settings/parse.js";
import type { DigestReference } from "../../domain/verification/reference.js";
import { proveBuild } from "../../provider/evidence/prove-build.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { readPlatforms } from "../../provider/registry/platforms.js";
import { attest } from "../../provider/signing/attest.js";
import { ensureLocalKey } from "../../provider/signing/local-key.js";
import { openSigner } from "../../provider/signing/open-signer.js";
import type { Signer } from "../../provider/signing/signer.js";
import { Checkout } from "../support/checkout.js";
import type { TestServices } from "../support/with-services.js";

const SOURCE = "https://git.example/factory";

/** A project whose images are built by BuildKit and released with nothing but their provenance, without an engine. */
export class ReleasedProject extends Checkout {
  readonly client: RegistryClient;
  private readonly digests = new Map<string, string>();

  constructor(services: TestServices, name: string) {
    super(services, name);
    this.client = new RegistryClient(services.registry);
    const settings = ["registry", "builder"] as const;
    const lines = settings.map((key) => `  factory:${key}: ${services[key]}\n`).join("");
    this.write({ "Pulumi.local.yaml": `config:\n${lines}  factory:source: ${SOURCE}\n` });
  }

  /** With the project's own key, which is made on first use, as for a local stack. */
  async signer(): Promise<Signer> {
    await ensureLocalKey(path.join(this.root, path.dirname(LOCAL_KEY)));
    return openSigner(LOCAL_KEY, { root: this.root });
  }

  /** Builds and releases all images of the project as its files are now. */
  async release(): Promise<ReadonlyMap<string, DigestReference>> {
    const plan = await this.plan();
    await writeGeneratedDockerfiles(this.root, plan);
    const released = new Map<string, DigestReference>();
    for (const planned of plan.images) {
      const { registry } = this.services;
      const hcl = renderBake(plan, { registry, digests: this.digests });
      writeFileSync(path.join(this.root, "docker-bake.hcl"), hcl);
      const digest = this.bake(planned.id);
      const repository = `${registry}/${planned.id}`;
      const { toolchain, env } = this.services;
      const copy = ["copy", `${registry}/candidate/${planned.id}@${digest}`, `${repository}:local`];
      execFileSync(toolchain.program("crane"), copy, { env: { ...process.env, ...env }, stdio: "ignore" });
      this.digests.set(planned.id, digest);
      await this.prove(planned, { repository, digest });
      released.set(planned.id, { repository, digest });
    }
    return released;
  }

  /** Attaches provenance, signed, to an index and to each of its platforms. */
  async attachProvenance(
    { repository, digest }: DigestReference,
    index: Provenance,
    platforms: ReadonlyMap<string, Provenance>,
  ): Promise<void> {
    const signer = await this.signer();
    for (const [subject, predicate] of [[digest, index] as const, ...platforms]) {
      const statement: Statement = {
        _type: "https://in-toto.io/Statement/v1",
        subject: [{ digest: { sha256: subject.slice("sha256:".length) } }],
        predicateType: predicateTypes.provenance,
        predicate,
      };
      await attest(this.client, { repository, subject, statements: [statement], signer });
    }
  }

  private bake(id: string): string {
    const { toolchain, env } = this.services;
    const metadata = path.join(this.root, ".factory", "metadata.json");
    execFileSync(toolchain.program("buildx"), ["bake", "--metadata-file", metadata, id], {
      cwd: this.root,
      // The generated Dockerfiles lie behind a link, which buildx takes for outside.
      env: { ...process.env, ...env, BUILDX_BAKE_ENTITLEMENTS_FS: "0" },
      stdio: "ignore",
    });
    return JSON.parse(readFileSync(metadata, "utf8"))[id]["containerimage.digest"];
  }

  private async prove(planned: PlannedImage, { repository, digest }: DigestReference): Promise<void> {
    const { image } = planned.node;
    const candidate = { repository: repository.replace(planned.id, `candidate/${planned.id}`), digest };
    const platforms = await readPlatforms(this.client, repository, digest);
    const facts = {
      builderId: `${SOURCE}/builders/test`,
      repository: SOURCE,
      revision: planned.revision,
      image: planned.id,
      dockerfile: image.dockerfile,
      buildArgs: planned.buildArgs,
      platforms: image.platforms,
      secrets: image.secrets.map(({ id }) => id),
      buildId: planned.buildId,
    };
    const { signal } = new AbortController();
    const proven = await proveBuild(this.client, { ...candidate, platforms }, facts, this.services.builder, signal);
    if (proven.index === undefined) throw new Error(JSON.stringify(proven.failures));
    await this.attachProvenance({ repository, digest }, proven.index, proven.platforms);
  }
}
