import { readFile } from "node:fs/promises";
import path from "node:path";
import { predicateTypes } from "../domain/evidence/predicates.js";
import type { Statement } from "../domain/evidence/types.js";
import { RegistryClient } from "../provider/registry/client.js";
import { attest } from "../provider/signing/attest.js";
import { ensureLocalKey } from "../provider/signing/local-key.js";
import { openSigner } from "../provider/signing/open-signer.js";
import { Cosign } from "../test/support/cosign.js";
import { pushSmallImage } from "../test/support/small-image.js";
import { withServices } from "../test/support/with-services.js";
import { stopwatch, takeTurns } from "./rounds.js";
import type { BenchRow } from "./types.js";

const SIGNATURES = 100;
const ROUNDS = 3;
const TIMES_AS_FAST = 3;
/** Every so many of ours is verified by stock cosign. */
const SAMPLE = 10;

/** 100 images signed one after another with the same key: by us in this process, and by a loop of cosign processes. */
export function benchSignatures(): Promise<readonly BenchRow[]> {
  return withServices(
    async (services) => {
      const cosign = new Cosign(services);
      const client = new RegistryClient(services.registry);
      const keyFile = path.join(services.dataDir, "keys", "cosign.key");
      await ensureLocalKey(path.dirname(keyFile));
      const password = (await readFile(path.join(services.dataDir, "keys", "cosign.password"), "utf8")).trim();
      const { publicKeyPem } = await openSigner(keyFile, { root: "/" });
      let verified = 0;

      const push = async (side: string, round: number) => {
        const images: { readonly repository: string; readonly subject: string }[] = [];
        for (let index = 0; index < SIGNATURES; index += 1) {
          const repository = `${services.registry}/${side}-${index}`;
          const { digest } = await pushSmallImage(client, repository, `${side} ${round} ${index}`);
          images.push({ repository, subject: digest });
        }
        return images;
      };
      const times = await takeTurns(ROUNDS, {
        ours: async (round) => {
          const images = await push("ours", round);
          const time = await stopwatch(async () => {
            // Opened within, as each cosign does: most of it is making a password a key.
            const signer = await openSigner(keyFile, { root: "/" });
            for (const { repository, subject } of images) {
              await attest(client, { repository, subject, statements: [signature(subject)], signer });
            }
          });
          for (const { repository, subject } of images.filter((_, index) => index % SAMPLE === 0)) {
            const accepted = await cosign.verify(`${repository}@${subject}`, publicKeyPem);
            if (accepted.some(({ critical }) => critical.type === predicateTypes.signature)) verified += 1;
          }
          return time;
        },
        cosign: async (round) => {
          const images = await push("cosign", round);
          return stopwatch(async () => {
            for (const { repository, subject } of images) {
              await cosign.sign(`${repository}@${subject}`, keyFile, password);
            }
          });
        },
      });

      const sampled = ROUNDS * Math.ceil(SIGNATURES / SAMPLE);
      const ratio = times.cosign.min / times.ours.min;
      return [
        {
          name: `${SIGNATURES} images signed, one after another`,
          ours: times.ours,
          reference: times.cosign,
          result: `${ratio.toFixed(1)} times as fast, stock cosign verified ${verified} of ${sampled}`,
          goal: {
            text: `at least ${TIMES_AS_FAST} times as fast as a loop of cosign processes, and cosign verifies them`,
            met: ratio >= TIMES_AS_FAST && verified === sampled,
          },
          notes: "key from a file, registry without referrers API",
        },
      ];
    },
    { tools: ["cosign"] },
  );
}

function signature(subject: string): Statement {
  const digest = { sha256: subject.slice("sha256:".length) };
  const type = "https://in-toto.io/Statement/v1";
  return { _type: type, subject: [{ digest }], predicateType: predicateTypes.signature, predicate: {} };
}
