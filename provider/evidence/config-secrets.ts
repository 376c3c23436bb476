import type { CandidateImage, GateFailure } from "../../domain/evidence/types.js";
import { suspectValues } from "../../domain/provenance/secrets.js";
import type { RegistryClient } from "../registry/client.js";

/** What looks like a secret in the built configuration of a platform: variables, labels, the history of its steps. */
export async function configSecrets(
  client: RegistryClient,
  { repository, platforms }: CandidateImage,
  signal: AbortSignal,
): Promise<readonly GateFailure[]> {
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
  return (await Promise.all(found)).flat();
}
