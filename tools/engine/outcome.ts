import type { Measures } from "../../domain/evidence/measures.js";
import type { ImageResult } from "../../domain/runs/types.js";
import { BuildLog, type FailedStep } from "./build-log.js";
import { type EngineEvent, nameOf, type PolicyEvent, type StepMetadata, typeOf } from "./events.js";
import { remedyOf } from "./remedy.js";

export interface PlatformSize {
  /** `linux/arm64` */
  readonly platform: string;
  /** Compressed bytes. */
  readonly size: number;
}

/** One line of the table. */
export interface ImageOutcome {
  readonly id: string;
  readonly state: ImageResult;
  /** Of the index; absent where nothing was built or it is not known yet. */
  readonly digest?: string;
  readonly platforms: readonly PlatformSize[];
  /** What its evidence says, in a few words; absent where there is none. */
  readonly evidence?: string;
  /** What its evidence has to tell although nothing failed; absent where that is nothing. */
  readonly warnings?: readonly string[];
  /** Building, proving and releasing, as seen from here; absent where nothing was done. */
  readonly seconds?: number;
  /** What was built and lies in quarantine, whatever became of it after; absent where nothing was built. */
  readonly candidate?: string;
  /** What its evidence measured; absent where there is none. */
  readonly measures?: Measures;
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
  promoted: "factory:promotion:PromotedImage",
} as const;

type Link = keyof typeof links;

/** The steps that leave everything as it is. */
const idle = new Set(["same", "read", "refresh"]);

interface Tracked extends Partial<Record<Link, StepMetadata>> {
  startedAt?: number;
  endedAt?: number;
  /** The first resource of its way that failed. */
  failed?: Link;
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
    for (const id of ids) this.#images.set(id, { log: new BuildLog() });
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
    // The program sees a failed image as an output that never comes, or as an engine that is gone: the same trouble again.
    const images = all.filter(({ text }) => !/\bfailed to register\b|^error reading from server: EOF$/.test(text));
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
    const link = linkOf(step);
    if (failed && link !== undefined) tracked.failed ??= link;
    tracked.endedAt = this.clock();
    const isLast = step.type === links.release || step.type === links.promoted;
    const done = failed || (isLast && tracked.startedAt !== undefined);
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
      const tracked = this.#images.get(id);
      const link = linkOf({ type: typeOf(urn) });
      // What a check of its inputs refuses never comes to a step that could fail.
      if (tracked !== undefined && link !== undefined && tracked[link] === undefined) tracked.failed ??= link;
      const step = tracked?.log.failed;
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
  const { image, evidence, release, promoted, startedAt, endedAt } = tracked;
  const outputs = (release ?? promoted)?.new?.outputs ?? {};
  const state = stateOf(tracked);
  // What a build that failed, or did not end, would replace stands in its outputs still.
  const candidate = tracked.failed === "image" || state === "skipped" ? undefined : textOf(image?.new?.outputs?.digest);
  const digest = textOf(outputs.digest) ?? candidate;
  const { summary, warnings, measures: figures } = evidence?.new?.outputs ?? {};
  const measures = typeof figures === "string" ? (JSON.parse(figures) as Measures) : undefined;
  const took = startedAt === undefined || endedAt === undefined ? undefined : (endedAt - startedAt) / 1000;
  return {
    id,
    state,
    platforms: Array.isArray(outputs.released) ? (outputs.released as PlatformSize[]) : [],
    ...(digest === undefined || state === "failed" || state === "skipped" ? {} : { digest }),
    ...(typeof summary === "string" ? { evidence: summary } : {}),
    ...(Array.isArray(warnings) && warnings.length > 0 ? { warnings: warnings as string[] } : {}),
    ...(took === undefined ? {} : { seconds: took }),
    ...(candidate === undefined ? {} : { candidate }),
    ...(measures !== undefined && measures.digest === candidate ? { measures } : {}),
  };
}

function stateOf({ image, evidence, release, promoted, startedAt, endedAt, failed }: Tracked): ImageResult {
  if (failed !== undefined) return "failed";
  // Not ended when the run did.
  if (startedAt !== undefined && endedAt === undefined) return "skipped";
  // On a stack that promotes nothing is built.
  if (promoted !== undefined) return idle.has(promoted.op) ? "unchanged" : "released";
  if (image === undefined) return "skipped";
  if (!idle.has(image.op)) return release === undefined ? "candidate" : "built";
  if (evidence !== undefined && !idle.has(evidence.op)) return "proved";
  return release === undefined || idle.has(release.op) ? "unchanged" : "released";
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value.startsWith("sha256:") ? value : undefined;
}

function linkOf({ type }: Pick<StepMetadata, "type">): Link | undefined {
  return (Object.keys(links) as Link[]).find((link) => links[link] === type);
}

/** The program names an image's resources after it: `<id>-image`, `<id>-release`. */
function idOfUrn(urn: string): string {
  return nameOf(urn).replace(/-(image|evidence|verified|release|promoted)$/, "");
}
