import type { StandsOn } from "../state/types.js";
import { releasedBuild } from "./built-history.js";
import type { Knowledge } from "./knowledge.js";
import type { Move, Pass } from "./pass.js";
import { Standing } from "./standing.js";
import type { Action, Change, Waiting } from "./types.js";

/** Says what a pass found, for people and for whoever carries it out. */
export class Reasons {
  constructor(
    private readonly knowledge: Knowledge,
    private readonly pass: Pass,
  ) {}

  moves(): readonly Action[] {
    return this.pass.moves().map((move) => this.move(move));
  }

  /** @param most of how many whoever asks can make use */
  rebuilds(most: number): readonly Action[] {
    const actions: Action[] = [];
    const { standings } = this.pass;
    const { watched } = this.knowledge.index;
    for (let number = watched.length; number < standings.length && actions.length < most; number += 1) {
      if (standings[number] !== Standing.Ready) continue;
      const at = number - watched.length;
      const on = this.basesOf(at);
      const { causes, reason } = this.causeOf(at, on);
      actions.push({ kind: "rebuild", image: this.name(number), on, causes, reason });
    }
    return actions;
  }

  *waiting(): Iterable<Waiting> {
    const { watched, built } = this.knowledge.index;
    for (const [at, { id }] of built.entries()) {
      const number = watched.length + at;
      const standing: Standing = this.pass.standings[number] ?? Standing.Settled;
      const waiting = this.waitingFor(standing, number, at, id);
      if (waiting !== undefined) yield waiting;
    }
  }

  private move({ kind, number, digest, recalled }: Move): Action {
    const image = this.name(number);
    const left = this.knowledge.means[number] ?? "";
    if (recalled) {
      const direct = this.knowledge.recallOf(left);
      const why = direct === undefined ? "stands on what is recalled" : `is recalled (${direct.reason})`;
      const then = kind === "withdraw" ? "and no good build is left" : "back to the last good build";
      return { kind, image, digest, reason: `${left} ${why}: ${then}.` };
    }
    const reason =
      kind === "return"
        ? "what it stands on went back, and this is what was built on it."
        : "it was built on what its bases are now, and passed its gates.";
    return { kind, image, digest, reason };
  }

  private waitingFor(standing: Standing, number: number, at: number, image: string): Waiting | undefined {
    const blocker = this.name(this.pass.blockers[number] ?? -1);
    switch (standing) {
      case Standing.Settled:
      case Standing.Ready:
        return undefined;
      case Standing.Running:
        return { kind: "hold", image, reason: "it is being built." };
      case Standing.BackOff:
        return { kind: "hold", image, reason: "its last rebuild failed; it is tried again after a pause." };
      case Standing.Waiting:
        return { kind: "wave", image, wave: this.pass.waves[number] ?? 0, reason: `${blocker} is rebuilt first.` };
      case Standing.GaveUp: {
        const bases = this.basesOf(at).map((base) => `${base.image}@${base.digest}`);
        const reason = `it failed too often on ${bases.join(", ")}; it stays as it is until one of them changes.`;
        return { kind: "give-up", image, reason };
      }
      case Standing.Manual:
        return { kind: "hold", image, reason: "its bases have changed, but autoRebuild is off: a person rebuilds it." };
      case Standing.Recalled:
        return { kind: "give-up", image, reason: "what would be built is recalled: its own files have to change." };
      case Standing.Held:
        return { kind: "hold", image, reason: `it stands on ${blocker}, which is not what it should be.` };
    }
  }

  private causeOf(at: number, on: readonly StandsOn[]): { causes: readonly Change[]; reason: string } {
    const number = this.knowledge.index.watched.length + at;
    const state = this.knowledge.stateOf(number);
    const { builds = [] } = state ?? {};
    const latest = state === undefined ? undefined : (builds[releasedBuild(state)] ?? builds.at(-1));
    if (latest === undefined) return { causes: [], reason: "it has never been built." };
    const causes: Change[] = [];
    for (const { image, digest: to } of on) {
      const from = latest.on.find((entry) => entry.image === image)?.digest;
      if (from !== undefined && this.knowledge.contentsOf(from) === this.knowledge.contentsOf(to)) continue;
      causes.push({ image, ...(from === undefined ? {} : { from }), to });
    }
    if (causes.length > 0) return { causes, reason: `${causes.map(({ image }) => image).join(", ")} changed.` };
    const withdrawn = this.pass.digests[number] === "";
    return {
      causes,
      reason: withdrawn ? "what it had is recalled." : "its released build is not of its present files and bases.",
    };
  }

  /** By image. */
  private basesOf(at: number): readonly StandsOn[] {
    const { starts, parents } = this.knowledge.index;
    const on: StandsOn[] = [];
    for (const parent of parents.subarray(starts[at] ?? 0, starts[at + 1] ?? 0)) {
      on.push({ image: this.name(parent), digest: this.pass.digests[parent] ?? "" });
    }
    return on.sort((left, right) => (left.image < right.image ? -1 : 1));
  }

  private name(number: number): string {
    return this.knowledge.index.names[number] ?? "";
  }
}
