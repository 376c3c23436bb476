import { subjectsOf } from "../evidence/subjects.js";
import type { Recall } from "../recall/types.js";
import { failure } from "./failure.js";
import { untrusted } from "./provenance.js";
import type { ChainLink, Check, FoundImage, Verification, VerificationFailure, VerificationPolicy } from "./types.js";

/** Every link of a chain, from the image down, each once. */
export function linksOf(chain: ChainLink): readonly ChainLink[] {
  const found = new Map<string, ChainLink>();
  const visit = (link: ChainLink) => {
    if (found.has(link.reference)) return;
    found.set(link.reference, link);
    link.materials.forEach(visit);
  };
  visit(chain);
  return [...found.values()];
}

/** Whether each image under this one was proved by a trusted builder, down to where our chain ends. */
export function checkChain({ digest }: FoundImage, chain: ChainLink, policy: VerificationPolicy): Check {
  const [, ...links] = linksOf(chain);
  const failures = links.flatMap((link) => brokenLink(link, policy));
  const pools = links.filter(({ kind }) => kind === "pool").length;
  const detail = failures.length === 0 ? `${links.length} materials, ${pools} of them locked packages` : "";
  return { subject: "chain", digest, detail, failures };
}

function brokenLink({ reference, gap, origin }: ChainLink, policy: VerificationPolicy): readonly VerificationFailure[] {
  if (gap !== undefined) {
    const remedy = "Build what it was made from again with `npm run up`, then this image.";
    return [failure("broken-chain", `it was made from ${reference}, where its chain breaks: ${gap}`, remedy)];
  }
  if (origin === undefined) return [];
  return untrusted(origin, policy).map(({ code, finding, remedy }) =>
    failure(code, `it was made from ${reference}: ${finding}`, remedy),
  );
}

/** Whether the image, one of its platforms or anything that it was made from was recalled. */
export function checkRecalls(found: FoundImage, { recalls }: VerificationPolicy): Check {
  const own = subjectsOf(found.digest, found.platforms);
  const failures = recalls.filter(({ digest }) => own.includes(digest)).map((recall) => recalled("it", recall));
  const links = found.chain === undefined ? [] : linksOf(found.chain).slice(1);
  for (const { reference, digest, manifests } of links) {
    const hit = recalls.find((recall) => [digest, ...manifests].includes(recall.digest));
    if (hit !== undefined) failures.push(recalled(`${reference}, which it was made from,`, hit));
  }
  const detail = failures.length === 0 ? `none of ${own.length + links.length} digests` : "";
  return { subject: "recalls", digest: found.digest, detail, failures };
}

/** Digests of all that an image was made from, with their platforms, itself left out; sorted, each once. */
export function lineageOf({ chain }: Pick<Verification, "chain">): readonly string[] {
  if (chain === undefined) return [];
  const links = linksOf(chain)
    .slice(1)
    .filter(({ kind }) => kind !== "source");
  return [...new Set(links.flatMap(({ digest, manifests }) => [digest, ...manifests]))].sort();
}

/** Whether anything was recalled that an image was made from, by what was written down of that. */
export function checkLineage(digest: string, lineage: readonly string[], recalls: readonly Recall[]): Check {
  const failures = recalls
    .filter((recall) => lineage.includes(recall.digest))
    .map((recall) => recalled(`${recall.digest}, which it was made from,`, recall));
  const detail = failures.length === 0 ? `none of ${lineage.length} digests` : "";
  return { subject: "recalls", digest, detail, failures };
}

function recalled(what: string, { image, by, date, reason }: Recall): VerificationFailure {
  const finding = `${what} was recalled as ${image} on ${date} by ${by}: ${reason}`;
  return failure("recalled", finding, "Build it again on what is not recalled; recalls.yaml lists what is.");
}
