import { distance } from "fastest-levenshtein";

/** The candidate that `found` was probably meant to be: at most a third of its letters differ, and at least one may. */
export function closest(found: string, candidates: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(found.length / 3));
  let best: { readonly candidate: string; readonly edits: number } | undefined;
  for (const candidate of candidates) {
    const edits = distance(found.toLowerCase(), candidate.toLowerCase());
    if (edits <= limit && (best === undefined || edits < best.edits)) best = { candidate, edits };
  }
  return best?.candidate;
}

/** `Did you mean "x"? ` with its space, or nothing: to stand before the list of what is allowed. */
export function didYouMean(found: string, candidates: Iterable<string>): string {
  const candidate = closest(found, candidates);
  return candidate === undefined ? "" : `Did you mean "${candidate}"? `;
}
