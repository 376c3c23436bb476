import { BuildLog, type FailedStep } from "./build-log.js";
import { type EngineEvent, nameOf, type PolicyEvent, type StepMetadata } from "./events.js";
import { remedyOf } from "./remedy.js";

/** What an operation did, or in a preview would do, with an image variant. */
export type ImageState =
  | "built"
  /** Built, and not released: it stays in quarantine. */
  | "candidate"
  /** Not built, but its evidence was made anew. */
  | "proved"
  /** Released anew, neither built nor proved. */
  | "released"
  | "unchanged"
  | "failed"
  /** Not reached, because what it stands on failed or the run ended before. */
  | "skipped";

export interface PlatformSize {
  /** `linux/arm64` */
  readonly platform: string;
  /** Compressed bytes. */
  readonly size: number;
}

/** One line of the table. */
export interface ImageOutcome {
  readonly id: string;
  readonly state: ImageState;
  /** Of the index; absent where nothing was built or it is not known yet. */
  readonly digest?: string;
  readonly platforms: readonly PlatformSize[];
  /** What its evidence says, in a few words; absent where there is none. */
  readonly evidence?: string;
  /** What its evidence has to tell although nothing failed; absent where that is nothing. */
  readonly warnings?: readonly string[];
  /** Building, proving and releasing, as seen from here; absent where nothing was done. */
  readonly seconds?: number;
}

/** Something that stood in the way: said once, however many resources it concerns. */
export interface Trouble {
  /** The image variant, or empty for the whole run. */
  readonly id: string;
  readonly kind: "policy" | "image" | "program" | "crash" | "engine";
  readonly text: string;
  /** The step of a build that failed. */
  readonly step?: FailedStep;
  /** What to do, where the text leaves that open. */
  readonly remedy?: string;
}

/** The resources of an image in the order of its way, by the ending of their names. */
const links = {
  image: "docker-build:index:Image",
  evidence: "factory:evidence:Evidence",
  verified: "factory:evidence:VerifiedImage",
  release: "factory:release:Release",
} as const;

type Link = keyof typeof links;

/** The steps that leave everything as it is. */
const idle = new Set(["same", "read", "refresh"]);

interface Tracked extends Partial<Record<Link, StepMetadata>> {
  startedAt?: number;
  endedAt?: number;
  failed: boolean;
  readonly log: BuildLog;
}

/** Gathers what the engine's events say of images. Times are of `clock`, in milliseconds. */
export class Outcome {
  readonly #images = new Map<string, Tracked>();
  readonly #troubles = new Map<string, Trouble>();

  /** @param ids the images of the plan, in its order */
  constructor(
    ids: readonly string[],
    private readonly planning: boolean,
    private readonly clock: () => number,
  ) {
    for (const id of ids) this.#images.set(id, { failed: false, log: new BuildLog() });
  }

  /** Takes an event in; returns the image that it finishes, if it does. */
  take(event: EngineEvent): ImageOutcome | undefined {
    const { diagnosticEvent: diagnostic, policyEvent, resOpFailedEvent, resourcePreEvent, resOutputsEvent } = event;
    if (policyEvent !== undefined) this.#policy(policyEvent);
    if (diagnostic?.severity === "error") this.#error(diagnostic.message, diagnostic.urn);
    if (diagnostic?.ephemeral === true) this.#images.get(idOfUrn(diagnostic.urn ?? ""))?.log.take(diagnostic.message);
    if (resOpFailedEvent !== undefined) return this.#end(resOpFailedEvent.metadata, true);
    if (resourcePreEvent !== undefined && (resourcePreEvent.planning ?? false) === this.planning) {
      this.#begin(resourcePreEvent.metadata);
    }
    if (resOutputsEvent !== undefined && (resOutputsEvent.planning ?? false) === this.planning) {
      return this.#end(resOutputsEvent.metadata, false);
    }
    return undefined;
  }

  /** Ids of the images that are being built or released. */
  get running(): readonly { readonly id: string; readonly since: number }[] {
    const open = [...this.#images].filter(([, it]) => it.startedAt !== undefined && it.endedAt === undefined);
    return open.map(([id, it]) => ({ id, since: it.startedAt ?? 0 }));
  }

  /** Every image of the plan. */
  get images(): readonly ImageOutcome[] {
    return [...this.#images].map(([id, tracked]) => outcomeOf(id, tracked));
  }

  get troubles(): readonly Trouble[] {
    const all = [...this.#troubles.values()];
    // The program sees a failed image as an output that never comes; that is the same trouble again.
    const images = all.filter(({ text }) => !/\bfailed to register\b/.test(text));
    return images.length > 0 ? images : all;
  }

  #begin(step: StepMetadata): void {
    const tracked = this.#tracked(step);
    if (tracked === undefined || idle.has(step.op)) return;
    tracked.startedAt ??= this.clock();
    // The release of an image that is built already.
    delete tracked.endedAt;
  }

  #end(step: StepMetadata, failed: boolean): ImageOutcome | undefined {
    const tracked = this.#tracked(step);
    if (tracked === undefined) return undefined;
    tracked.failed ||= failed;
    tracked.endedAt = this.clock();
    const done = failed || (step.type === links.release && tracked.startedAt !== undefined);
    return done ? outcomeOf(idOfUrn(step.urn), tracked) : undefined;
  }

  /** The image of a step, where it has one in the plan: deleting is about images that are there no more. */
  #tracked(step: StepMetadata): Tracked | undefined {
    const link = linkOf(step);
    if (link === undefined || step.op.startsWith("delete")) return undefined;
    const tracked = this.#images.get(idOfUrn(step.urn));
    if (tracked !== undefined) tracked[link] = step;
    return tracked;
  }

  #policy({ enforcementLevel, message, policyName, resourceUrn }: PolicyEvent): void {
    if (enforcementLevel !== "mandatory") return;
    // The first line is the policy's description, the same for all that it finds.
    const found = message.slice(message.indexOf("\n") + 1).trim();
    this.#add({
      id: resourceUrn === undefined ? "" : idOfUrn(resourceUrn),
      kind: "policy",
      text: `${found} [${policyName}]`,
    });
  }

  #error(message: string, urn = ""): void {
    const text = message.trim();
    if (/^(update|preview) failed$/.test(text)) return;
    if (urn !== "" && !urn.includes("::pulumi:pulumi:Stack::")) {
      const id = idOfUrn(urn);
      const step = this.#images.get(id)?.log.failed;
      const remedy = remedyOf(text);
      this.#add({
        id,
        kind: "image",
        text,
        ...(step === undefined ? {} : { step }),
        ...(remedy === undefined ? {} : { remedy }),
      });
      return;
    }
    // What a problem of the input says was written for people; anything else comes with a stack trace.
    const crashed = /^The program failed:|failed with an unhandled exception:/.test(text);
    this.#add({ id: "", kind: crashed ? "crash" : "program", text });
  }

  #add(trouble: Trouble): void {
    if (!this.#troubles.has(trouble.text)) this.#troubles.set(trouble.text, trouble);
  }
}

function outcomeOf(id: string, tracked: Tracked): ImageOutcome {
  const { image, evidence, release, startedAt, endedAt } = tracked;
  const outputs = release?.new?.outputs ?? {};
  const state = stateOf(tracked);
  const digest = textOf(outputs.digest) ?? textOf(image?.new?.outputs?.digest);
  const { summary, warnings } = evidence?.new?.outputs ?? {};
  const took = startedAt === undefined || endedAt === undefined ? undefined : (endedAt - startedAt) / 1000;
  return {
    id,
    state,
    platforms: Array.isArray(outputs.released) ? (outputs.released as PlatformSize[]) : [],
    ...(digest === undefined || state === "failed" || state === "skipped" ? {} : { digest }),
    ...(typeof summary === "string" ? { evidence: summary } : {}),
    ...(Array.isArray(warnings) && warnings.length > 0 ? { warnings: warnings as string[] } : {}),
    ...(took === undefined ? {} : { seconds: took }),
  };
}

function stateOf({ image, evidence, release, startedAt, endedAt, failed }: Tracked): ImageState {
  if (failed) return "failed";
  // Not begun, or not ended when the run did.
  if (image === undefined || (startedAt !== undefined && endedAt === undefined)) return "skipped";
  if (!idle.has(image.op)) return release === undefined ? "candidate" : "built";
  if (evidence !== undefined && !idle.has(evidence.op)) return "proved";
  return release === undefined || idle.has(release.op) ? "unchanged" : "released";
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value.startsWith("sha256:") ? value : undefined;
}

function linkOf({ type }: StepMetadata): Link | undefined {
  return (Object.keys(links) as Link[]).find((link) => links[link] === type);
}

/** The program names an image's resources after it: `<id>-image`, `<id>-release`. */
function idOfUrn(urn: string): string {
  return nameOf(urn).replace(/-(image|evidence|verified|release)$/, "");
}
