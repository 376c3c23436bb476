import { recoverPins } from "../../domain/enrolment/recover.js";
import { regenerate } from "../../domain/enrolment/regenerate.js";
import { toInstant } from "../../domain/rebuild/times.js";
import type { Settings } from "../../domain/settings/types.js";
import type { ImageState } from "../../domain/state/types.js";
import { see } from "../../domain/watch/sight.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { recordReleases } from "./records.js";
import { recoverBuilds } from "./recover-builds.js";
import { Registries } from "./registries.js";
import type { Released } from "./released.js";
import type { StateStore, States } from "./state-store.js";
import type { WatchProject } from "./watch-project.js";

export interface ReconcileOptions {
  readonly project: WatchProject;
  readonly settings: Settings;
  readonly store: StateStore;
  readonly released: readonly Released[];
  /** Public keys (PEM) that count. */
  readonly keys: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What a pass over everything found. */
export interface Reconciled {
  /** A line for each state that is another one now. */
  readonly changes: readonly string[];
  /** Why something could not be asked. */
  readonly problems: readonly string[];
}

/**
 * Brings the states up to date without any event: configuration, releases that nobody recorded, histories that were lost (from
 * the registry), and what tags mean upstream, by one look at each. Decides nothing.
 */
export async function reconcile(options: ReconcileOptions): Promise<Reconciled> {
  const { project, settings, store, released, keys, now } = options;
  const at = toInstant(now);
  const before = await store.read();
  const states = await store.update("Bring states up to date", (known) => [
    ...overlay(known, regenerate(known, project.enrolments, at)).values(),
  ]);

  const client = new RegistryClient(settings.registry, settings.insecureRegistry);
  const lost = project.graph.nodes.filter(({ id }) => states.get(id)?.builds === undefined);
  const recovered = await Promise.all(
    lost.map(async (node) => {
      const state = states.get(node.id);
      return state === undefined ? [] : [await recoverBuilds(client, settings, node, state, keys)];
    }),
  );
  await store.update("Recover what the registry remembers", (known) => {
    const remembered = recovered.flat().filter(({ image }) => known.get(image)?.builds === undefined);
    const all = overlay(known, remembered);
    const present = overlay(all, recordReleases(all, released, at));
    return [...overlay(present, recoverPins(present, at)).values()];
  });

  const registries = new Registries(settings);
  const watched = [...project.watched.values()].flat();
  const looks = await Promise.all(
    watched.map(({ image, warehouse }) => registries.look(image, warehouse, states.get(image)?.ledger ?? [])),
  );
  const after = await store.update("See what events missed", (known) =>
    looks.flatMap((look): readonly ImageState[] => {
      if (look.kind !== "seen") return [];
      const state = known.get(look.sight.image);
      return state === undefined ? [] : [see(state, look.sight, "reconcile", at)];
    }),
  );
  const problems = looks.flatMap((look) => (look.kind === "seen" ? [] : [`${look.image}: ${look.problem}`]));
  return { changes: changesOf(before, after), problems };
}

function overlay(states: States, changed: readonly ImageState[]): States {
  return new Map([...states, ...changed.map((state) => [state.image, state] as const)]);
}

function changesOf(before: States, after: States): readonly string[] {
  return [...after.values()].flatMap((state) => {
    const old = before.get(state.image);
    if (old === state) return [];
    const parts = [
      old?.kind === state.kind ? "" : state.kind,
      added("digest seen", "digests seen", (state.ledger.length ?? 0) - (old?.ledger.length ?? 0)),
      added("build", "builds", (state.builds?.length ?? 0) - (old?.builds?.length ?? 0)),
      old?.adopted?.digest === state.adopted?.digest ? "" : `means ${state.adopted?.digest ?? "nothing"}`,
    ].filter(Boolean);
    return [`${state.image}: ${parts.length === 0 ? "configuration" : parts.join(", ")}`];
  });
}

function added(one: string, many: string, count: number): string {
  return count <= 0 ? "" : `${count} ${count === 1 ? one : many} more`;
}
