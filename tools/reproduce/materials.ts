import { type Problem, ProblemsError } from "../../domain/problems.js";
import type { PinnedImage } from "../../domain/reproduction/recorded-build.js";
import { run } from "../machine/run.js";
import { type CraneOptions, readingFlags } from "./crane.js";

/** Where a material lies in the registry of a rebuild. */
export function materialRepository(registry: string, { digest }: PinnedImage): string {
  return `${registry}/material/${digest.slice("sha256:".length, "sha256:".length + 16)}`;
}

/**
 * Copies materials, by digest, into a registry that holds nothing else: what is built from it is built from them alone.
 *
 * @throws ProblemsError that names all materials that are gone
 */
export async function copyMaterials(
  materials: readonly PinnedImage[],
  registry: string,
  options: CraneOptions,
): Promise<void> {
  const problems = await Promise.all(
    materials.map(async (material): Promise<readonly Problem[]> => {
      const from = `${material.repository}@${material.digest}`;
      const to = `${materialRepository(registry, material)}:recorded`;
      const { code, stderr } = await run(options.crane, ["copy", ...readingFlags(from, options), from, to]);
      return code === 0 ? [] : [missing(from, stderr.trim().split("\n").at(-1) ?? "")];
    }),
  );
  if (problems.flat().length > 0) throw new ProblemsError("the recorded materials", problems.flat());
}

function missing(reference: string, said: string): Problem {
  const gone = /MANIFEST_UNKNOWN|NAME_UNKNOWN|BLOB_UNKNOWN|NOT_FOUND|404 Not Found/.test(said);
  return {
    place: { file: reference },
    message: gone ? "this material is not in the registry any more." : `this material cannot be read: ${said}`,
    remedy: gone
      ? "Restore it from a backup or a mirror; without it nobody can build this image again."
      : "Check that the registry can be reached, and log in where it asks for it.",
  };
}
