import { dump } from "js-yaml";
import type { Build, ImageState, StandsOn } from "./types.js";

const MARKER = "# Written by the image factory. Append-only history: correct it by a commit of its own.\n";

/** The state file's text: keys in the schema's order, the same bytes for the same state. `parseState` reads it back. */
export function renderState(state: ImageState): string {
  const { schema, image, kind, lifecycle, warehouse, adopted, ledger, again, rejected, builds, updates } = state;
  const { dependents, attempts } = state;
  const ordered = {
    schema,
    image,
    kind,
    ...(lifecycle === undefined ? {} : { lifecycle: lifecycle.map((entry) => pick(entry, ["from", "to", "at"])) }),
    ...(warehouse === undefined ? {} : { warehouse: pick(warehouse, ["repoURL", "allowTags", "platform"]) }),
    ...(adopted === undefined ? {} : { adopted: pick(adopted, ["digest", "tag", "platforms", "at", "cause"]) }),
    ledger: ledger.map((entry) => pick(entry, ["digest", "tag", "platforms", "firstSeen", "how", "contents"])),
    ...(again === undefined ? {} : { again: again.map((entry) => pick(entry, ["tag", "digest", "seen"])) }),
    ...(rejected === undefined ? {} : { rejected: rejected.map((entry) => pick(entry, ["digest", "at", "cause"])) }),
    ...(builds === undefined ? {} : { builds: builds.map(renderBuild) }),
    updates: updates.map((entry) => pick(entry, ["from", "to", "at", "cause"])),
    dependents,
    attempts: attempts.map((entry) => ({
      ...pick(entry, ["cause"]),
      ...(entry.on === undefined ? {} : { on: renderOn(entry.on) }),
      ...pick(entry, ["start", "end", "result"]),
    })),
  };
  return MARKER + dump(ordered, { lineWidth: -1, noRefs: true });
}

function renderBuild(build: Build) {
  return {
    ...pick(build, ["digest", "contents", "source"]),
    on: renderOn(build.on),
    ...pick(build, ["materials", "at"]),
  };
}

function renderOn(on: readonly StandsOn[]) {
  return on.map((entry) => pick(entry, ["image", "digest"]));
}

function pick<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Partial<T> {
  const picked: Partial<T> = {};
  for (const key of keys) {
    if (from[key] !== undefined) picked[key] = from[key];
  }
  return picked;
}
