import type { GateFailure } from "../../domain/evidence/types.js";
import { suspectValues } from "../../domain/provenance/secrets.js";
import type { Part, PartRequest } from "./part.js";

/** What looks like a secret in the built configuration of a platform: variables, labels, the history of its steps. */
export async function secretsPart({ client, image, signal }: PartRequest): Promise<Part> {
  const { repository, platforms } = image;
  const found = platforms.map(async ({ platform, digest }): Promise<readonly GateFailure[]> => {
    const { manifest } = await client.getManifest(repository, digest, signal);
    if (manifest.config === undefined) return [];
    const config: unknown = JSON.parse((await client.getBlob(repository, manifest.config.digest, signal)).toString());
    return suspectValues(config).map(({ path, what }) => ({
      gate: "secrets",
      platform,
      finding: `the built configuration holds ${what} at ${path}, where everybody can read it.`,
      remedy: "Hand it to the build as a secret (image.yaml, `secrets`), build again, and revoke the value.",
    }));
  });
  return { predicates: [], failures: (await Promise.all(found)).flat() };
}
