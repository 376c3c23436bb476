import type { PlannedImage } from "../plan/types.js";
import type { Problem } from "../problems.js";
import type { RecordedBuild } from "./recorded-build.js";

/**
 * Where the recorded commit plans something else than what is recorded: to build either would not be to do the same again.
 * Platforms are not looked at: a stack may have set them, so the recorded ones are taken.
 */
export function contradictions({ node, buildArgs }: PlannedImage, build: RecordedBuild): readonly Problem[] {
  const { image, variant } = node;
  const pairs: readonly (readonly [what: string, recorded: unknown, planned: unknown])[] = [
    ["dockerfile", build.dockerfile, image.dockerfile],
    ["target", build.target, variant.target],
    ["buildArgs", sorted(build.buildArgs), sorted(buildArgs)],
    ["secrets", [...build.secrets].sort(), image.secrets.map(({ id }) => id).sort()],
  ];
  return pairs
    .map(([what, recorded, planned]) => [what, JSON.stringify(recorded), JSON.stringify(planned)] as const)
    .filter(([, recorded, planned]) => recorded !== planned)
    .map(([what, recorded = "none", planned = "none"]) => ({
      place: { file: image.directory },
      message: `its provenance says ${what} ${recorded}, the recorded commit says ${planned}.`,
      remedy: "Build and release the image anew: this record is not of this commit alone.",
    }));
}

function sorted(values: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
}
