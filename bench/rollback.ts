import { formatHistoryTag } from "../domain/release/history.js";
import { RegistryClient } from "../provider/registry/client.js";
import { tag } from "../provider/registry/copy.js";
import { rollBack } from "../provider/rollback/roll-back.js";
import { Verifier } from "../provider/verify/verifier.js";
import { newSigner } from "../test/registry-client/bundles.js";
import { type TestServices, withServices } from "../test/support/with-services.js";
import { BUILDER, makeImage, SOURCE } from "../test/verification/proved-image.js";
import { inParallel } from "./in-parallel.js";
import { stopwatch, timingOf } from "./rounds.js";
import type { BenchRow } from "./types.js";

const IMAGES = 100;
const ALLOWED_MS = 60_000;
const MOVING = ["local", "1.0", "1"];

/** What `factory rollback` does with all images of a fleet at once: the last proved release verified, recorded, tags moved. */
export function benchRollback(): Promise<readonly BenchRow[]> {
  return withServices(measure, { tools: [] });
}

async function measure({ dataDir, registry }: TestServices): Promise<readonly BenchRow[]> {
  const signer = newSigner();
  const client = new RegistryClient(registry);
  const images = Array.from({ length: IMAGES }, (_, index) => `image-${index}`);
  const before = new Map<string, string>();
  await inParallel(images, async (image) => {
    const repository = `${registry}/${image}`;
    for (const [time, release] of ["before", "now"].entries()) {
      const { digest } = await makeImage(client, signer, { repository, content: `${image} ${release}` });
      for (const name of [formatHistoryTag({ time, head: "local" }), ...MOVING]) {
        await tag(client, repository, digest, name);
      }
      if (release === "before") before.set(image, digest);
    }
  });

  const context = {
    settings: { registry, channel: "local", stack: "local" },
    client,
    verifier: new Verifier({ registry, keys: [signer.publicKeyPem] }),
    policy: { builders: [BUILDER], sources: [SOURCE], development: false, recalls: [] },
    rollbacks: [],
  };
  const request = { images, reason: "bench", by: "bench", now: "2026-01-31T12:00:00Z" };
  const took = await stopwatch(() => rollBack(dataDir, context, request));
  await inParallel(images, async (image) => {
    for (const name of MOVING) {
      const moved = await client.headManifest(`${registry}/${image}`, name);
      if (moved?.digest !== before.get(image)) throw new Error(`${image}:${name} was not rolled back`);
    }
  });
  return [
    {
      name: `${IMAGES} images on two platforms rolled back`,
      ours: timingOf([took]),
      result: `${(took / 1000).toFixed(1)} s`,
      goal: { text: `at most ${ALLOWED_MS / 1000} s`, met: took <= ALLOWED_MS },
      notes: `each release verified with 11 attestations, ${MOVING.length} tags each`,
    },
  ];
}
