import { formatDuration } from "../catalogue/units.js";
import type { PromotedRelease } from "../promotion/types.js";
import type { Recall } from "../recall/types.js";
import type { DriftFinding, DriftReport } from "../report/drift.js";
import type { RunImage, RunRecord } from "../runs/types.js";
import type { Findings, Notice } from "./types.js";

/** Images that the last run could not build, release or promote, and what stopped the whole of it. */
export function failedBuilds({ images, problems, status }: RunRecord): Findings {
  const failed = images.filter(({ state }) => state === "failed");
  const notices = failed.map(({ id, build }): Notice => {
    const text = problems
      .filter(({ image }) => image === id)
      .map((problem) => problem.text)
      .join("\n");
    const title = `${id} ${failureOf(build)}`;
    return { key: `build/${id}`, kind: "build", image: id, title, text, state: lasting(text) };
  });
  const told = new Set(failed.map(({ id }) => id));
  // What is about no image, or about what no image fails of: a policy, a mirror, a part of the cloud.
  const general = problems.flatMap(({ image, text }) => {
    if (image === undefined) return [text];
    return told.has(image) ? [] : [`${image}: ${text}`];
  });
  if (general.length > 0 && status === "failed") {
    const text = general.join("\n");
    notices.push({ key: RUN_KEY, kind: "build", title: "The run failed", text, state: lasting(text) });
  }
  // A run says nothing of what it did not reach.
  const reached = new Set(images.filter(({ state }) => state !== "skipped").map(({ id }) => `build/${id}`));
  return { notices, looked: (key) => (key === RUN_KEY ? status !== "interrupted" : reached.has(key)) };
}

function failureOf({ status }: RunImage["build"]): string {
  if (status === "failed") return "could not be built";
  // Built on the stack that it comes from.
  return status === "unchanged" ? "could not be promoted" : "was built, and refused by its gates";
}

/** Not an image's name. */
const RUN_KEY = "build/*";

/** What is different of the same failure each time: digests, and times. */
function lasting(text: string): string {
  return text.replace(/sha256:[0-9a-f]+/g, "sha256:").replace(/\b\d+(?:\.\d+)?m?s\b/g, "");
}

/**
 * HIGH and CRITICAL vulnerabilities of released images. What a base brought in is told of the base alone, with the images
 * that have it from there.
 */
export function severeVulnerabilities({ images }: DriftReport): Findings {
  const found = new Map<
    string,
    { readonly owner: string; finding: DriftFinding["finding"]; readonly on: Set<string> }
  >();
  for (const { image, platforms } of images) {
    for (const drifted of platforms.flatMap((platform) => [...platform.new, ...platform.open])) {
      const { finding, inheritedFrom } = drifted;
      if (finding.severity !== "high" && finding.severity !== "critical") continue;
      const owner = inheritedFrom ?? image;
      const key = `vulnerability/${owner}/${nameOf(finding)}/${finding.package.name}`;
      const known = found.get(key) ?? { owner, finding, on: new Set<string>() };
      if (finding.severity === "critical") known.finding = finding;
      found.set(key, { ...known, on: known.on.add(image) });
    }
  }
  const rescanned = new Set(images.map(({ image }) => image));
  return {
    notices: [...found].map(([key, { owner, finding, on }]) => vulnerability(key, owner, finding, [...on])),
    looked: (key) => rescanned.has(/^vulnerability\/([^/]+)\//.exec(key)?.[1] ?? ""),
  };
}

function vulnerability(key: string, image: string, finding: DriftFinding["finding"], on: readonly string[]): Notice {
  const { severity, package: found, fix } = finding;
  const fixed = fix.versions.join(", ") || "no version yet";
  const others = on.filter((id) => id !== image);
  const also = others.length === 0 ? "" : ` Also in what stands on it: ${others.join(", ")}.`;
  return {
    key,
    kind: "vulnerability",
    image,
    title: `${nameOf(finding)} (${severity}) in ${found.name} of ${image}`,
    text: `${found.name} ${found.version} has it; fixed in ${fixed}.${also}`,
    state: `${severity} ${fix.versions.join()}`,
  };
}

/** The CVE number where it has one: scanners name one vulnerability differently. */
function nameOf({ id, aliases }: DriftFinding["finding"]): string {
  return [id, ...aliases].find((name) => name.startsWith("CVE-")) ?? id;
}

export function standingRecalls(recalls: readonly Recall[]): Findings {
  const notices = recalls.map(({ digest, image, reason, by, date }): Notice => {
    return {
      key: `recall/${digest}`,
      kind: "recall",
      image,
      title: `${image} was recalled`,
      text: `${digest}, on ${date} by ${by}: ${reason.replace(/\.*$/, ".")} Nothing that was made from it passes any more.`,
      state: reason,
    };
  });
  return { notices, looked: (key) => key.startsWith("recall/") };
}

/** The newest release of an image where a stack promotes from. */
export interface CandidateRelease {
  readonly image: string;
  readonly digest: string;
  /** When it was released there, milliseconds since 1970. */
  readonly at: number;
}

export interface PromotionInputs {
  readonly promoted: readonly PromotedRelease[];
  readonly newest: readonly CandidateRelease[];
  readonly recalls: readonly Recall[];
  /** How long a release has to be out before it is due, milliseconds. */
  readonly after: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Images whose newest release has been out for long enough, and that the stack does not have yet. */
export function duePromotions({ promoted, newest, recalls, after, now }: PromotionInputs): Findings {
  const notices = promoted.flatMap(({ image, digest, rolledBack = [] }): readonly Notice[] => {
    const next = newest.find((release) => release.image === image);
    if (next === undefined || next.digest === digest || now - next.at < after) return [];
    const refused = [...rolledBack, ...recalls].some((each) => each.digest === next.digest);
    if (refused) return [];
    return [
      {
        key: `promotion/${image}`,
        kind: "promotion",
        image,
        title: `${image} is due for promotion`,
        text: `${next.digest} has been out for more than ${formatDuration(after)}; promoted is ${digest}. Type: npx factory promote`,
        state: next.digest,
      },
    ];
  });
  const looked = new Set(newest.map(({ image }) => `promotion/${image}`));
  return { notices, looked: (key) => looked.has(key) };
}
