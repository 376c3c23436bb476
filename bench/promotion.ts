import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { subjectsOf } from "../domain/evidence/subjects.js";
import { promote } from "../provider/promotion/promote.js";
import { RegistryClient } from "../provider/registry/client.js";
import { fallbackTag } from "../provider/registry/referrers.js";
import { ensureLocalKey } from "../provider/signing/local-key.js";
import { refusalOf, verified } from "../provider/verify/verify-image.js";
import { newSigner } from "../test/registry-client/bundles.js";
import { Distribution } from "../test/support/distribution.js";
import { type TestServices, withServices } from "../test/support/with-services.js";
import { BUILDER, makeImage, type ProvedImage, SOURCE } from "../test/verification/proved-image.js";
import { inParallel, PARALLEL } from "./in-parallel.js";
import { stopwatch, takeTurns } from "./rounds.js";
import type { BenchRow } from "./types.js";

const run = promisify(execFile);

const IMAGES = 100;
/** Bytes of the layer that ten images each have in common. */
const LAYER_BYTES = 10_000_000;
const SHARING = 10;
const ROUNDS = 2;
const TIMES_CRANE = 1.3;

/** Digests that share layers brought from one registry to another, verified, vouched for and tagged; and the same, unlooked at, by `crane copy`. */
export function benchPromotion(): Promise<readonly BenchRow[]> {
  return withServices(measure, { tools: ["crane"] });
}

async function measure(services: TestServices): Promise<readonly BenchRow[]> {
  const { registry, dataDir, env } = services;
  const staging = await Distribution.start();
  try {
    const signer = newSigner();
    const source = new RegistryClient(staging.address);
    const layers = Array.from({ length: IMAGES / SHARING }, () => randomBytes(LAYER_BYTES));
    const images: ProvedImage[] = [];
    for (let index = 0; index < IMAGES; index += 1) {
      const repository = `${staging.address}/staging/image-${index}`;
      const content = layers[Math.floor(index / SHARING)] ?? Buffer.alloc(0);
      const facts = { buildId: index.toString(16).padStart(64, "0") };
      images.push(await makeImage(source, signer, { repository, content, facts, labels: { image: String(index) } }));
    }
    await ensureLocalKey(path.join(dataDir, "key"));
    const verificationKeys = [readFileSync(path.join(dataDir, "key/cosign.pub"), "utf8")];
    const keys = [signer.publicKeyPem];
    const verifier = `${SOURCE}/verifiers/bench`;
    const { signal } = new AbortController();

    const bring = async ({ repository, digest }: ProvedImage, into: string, index: number) => {
      const name = `image-${index}`;
      const inputs = {
        reference: `${repository}@${digest}`,
        keys,
        builders: [BUILDER],
        sources: [SOURCE],
        maxScanAge: 7 * 24 * 3_600_000,
        promoted: { repository: `${into}/${name}`, insecureRegistry: true, keys: verificationKeys, verifier },
        literal: true,
      };
      const refusal = await refusalOf(inputs, signal);
      if (refusal !== undefined) throw new Error(refusal);
      const { attested, lineage } = await verified(inputs, signal);
      await promote(
        {
          source: repository,
          insecureSource: true,
          registry: into,
          insecureRegistry: true,
          name,
          digest,
          attested,
          lineage,
          buildId: index.toString(16).padStart(64, "0"),
          movingTags: ["prod"],
          head: "prod",
          signingKey: "key/cosign.key",
          verificationKeys,
          verifier,
          policy: { uri: SOURCE, sha256: "0".repeat(64) },
        },
        { root: dataDir, signal },
      );
    };
    const crane = async (from: string, to: string) => {
      await run("crane", ["copy", "--insecure", from, to], { env: { ...process.env, ...env } });
    };
    const sides = {
      ours: (round: number) => {
        const into = `${registry}/ours-${round}`;
        return stopwatch(() => inParallel(images, (image, index) => bring(image, into, index)));
      },
      same: (round: number) => {
        const into = `${registry}/same-${round}`;
        return stopwatch(() =>
          inParallel(images, async ({ repository, digest, platforms }, index) => {
            await crane(`${repository}@${digest}`, `${into}/image-${index}:prod`);
            // A list of referrers is an index: crane copies what it names with it.
            for (const list of subjectsOf(digest, platforms).map(fallbackTag)) {
              await crane(`${repository}:${list}`, `${into}/image-${index}:${list}`);
            }
          }),
        );
      },
      bare: (round: number) => {
        const into = `${registry}/bare-${round}`;
        return stopwatch(() =>
          inParallel(images, ({ repository, digest }, index) =>
            crane(`${repository}@${digest}`, `${into}/image-${index}:prod`),
          ),
        );
      },
    };
    // What the side before has written goes to the disk first: crane sends a layer once for each image.
    const times = await takeTurns(ROUNDS, sides, async () => void (await run("sync")));
    const ratio = times.ours.min / times.same.min;
    return [
      {
        name: `${IMAGES} images on two platforms promoted`,
        ours: times.ours,
        reference: times.same,
        result: `${ratio.toFixed(2)} times crane copy`,
        goal: { text: `at most ${TIMES_CRANE} times \`crane copy\` of the same`, met: ratio <= TIMES_CRANE },
        notes: `${SHARING} images share each layer of ${LAYER_BYTES / 1e6} MB, each has 11 attestations; ours verifies and copies them, signs and tags; crane copies image and attestations, ${PARALLEL} images at a time`,
      },
      {
        name: "  against the images alone, without what is attached to them",
        ours: times.ours,
        reference: times.bare,
        result: `${(times.ours.min / times.bare.min).toFixed(2)} times crane copy`,
        notes: "which nobody could let into production",
      },
    ];
  } finally {
    await staging.stop();
  }
}
