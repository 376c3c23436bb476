import type { Problem } from "../../problems.js";
import type { BuildFacts } from "../facts.js";
import { type PolicyRule, rulePage } from "../rule.js";

export const completePlatforms: PolicyRule = {
  id: "complete-platforms",
  title: "Images are complete for all platforms that they declare",
  description:
    "A build has to cover exactly the declared platforms, and all that it stands on has to exist for each of them.",
  remedy: "Build for the platforms that image.yaml declares, and pin the index of a multi-platform image.",
  url: rulePage("complete-platforms"),
  check: (facts) => [...differentPlatforms(facts), ...fixedPlatforms(facts), ...incompletePins(facts)],
};

function differentPlatforms({ platforms, declaredPlatforms, place }: BuildFacts): readonly Problem[] {
  if (platforms === undefined || declaredPlatforms === undefined) return [];
  const missing = declaredPlatforms.filter((platform) => !platforms.includes(platform));
  const extra = platforms.filter((platform) => !declaredPlatforms.includes(platform));
  if (missing.length === 0 && extra.length === 0) return [];
  const built = platforms.length === 0 ? "no named platform, so for the builder's own" : platforms.join(", ");
  const message = `it is built for ${built}; allowed are exactly the declared platforms ${declaredPlatforms.join(", ")}.`;
  const remedy = "Build for the declared platforms, or change `platforms` in image.yaml.";
  return [{ place, message, remedy, rule: completePlatforms.id }];
}

/** A FROM that the image's own file system comes from must follow the platform that is built. */
function fixedPlatforms({ lineages, platforms, declaredPlatforms }: BuildFacts): readonly Problem[] {
  const wanted = platforms ?? declaredPlatforms ?? [];
  const problems: Problem[] = [];
  for (const { from } of lineages.flatMap(({ stages }) => stages)) {
    const fixed = from.platform;
    if (fixed === undefined || /^\$\{?TARGETPLATFORM\}?$/.test(fixed)) continue;
    if (wanted.length === 1 && wanted[0] === fixed) continue;
    const message = `FROM ${from.written} is fixed to the platform ${fixed}, but the image is built for ${wanted.join(", ")}; allowed is the platform that is built.`;
    const remedy = "Remove `--platform` from this FROM; it belongs to stages whose output alone is copied.";
    problems.push({ place: from.place, message, remedy, rule: completePlatforms.id });
  }
  return problems;
}

function incompletePins({ uses, platforms, declaredPlatforms }: BuildFacts): readonly Problem[] {
  const wanted = platforms ?? declaredPlatforms ?? [];
  const problems: Problem[] = [];
  for (const { reference, source } of uses) {
    if (source?.kind !== "digest" || source.platforms === undefined || reference.instruction === "SYNTAX") continue;
    const { platforms: offered } = source;
    const needed = neededPlatforms(reference.platform, wanted);
    const missing = needed.filter((platform) => !offered.includes(platform));
    if (missing.length === 0) continue;
    const message = `${reference.written} is pinned to ${source.digest}, which has ${offered.join(", ")} only; the build needs ${needed.join(", ")}.`;
    const remedy = "Pin the index of an image that has all of them, or declare fewer platforms in image.yaml.";
    problems.push({ place: reference.place, message, remedy, rule: completePlatforms.id });
  }
  return problems;
}

/** A stage for the builder's own platform needs only that one, which is not known here. */
function neededPlatforms(written: string | undefined, wanted: readonly string[]): readonly string[] {
  if (written === undefined || written.includes("TARGETPLATFORM")) return wanted;
  return written.includes("$") ? [] : [written];
}
