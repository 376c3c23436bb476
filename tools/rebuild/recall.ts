import { regenerate } from "../../domain/enrolment/regenerate.js";
import { type Problem, ProblemsError } from "../../domain/problems.js";
import { carryOut } from "../../domain/rebuild/carry-out.js";
import { toInstant } from "../../domain/rebuild/times.js";
import type { Action } from "../../domain/rebuild/types.js";
import { type Denial, denialsOf } from "../../domain/recall/denials.js";
import { writeDenials } from "../../domain/recall/write.js";
import type { Settings } from "../../domain/settings/types.js";
import { formatRefusal } from "../../domain/verification/format.js";
import type { VerificationPolicy } from "../../domain/verification/types.js";
import { isVerified } from "../../domain/verification/verify.js";
import { returnTags } from "../../provider/recall/return-tags.js";
import { RegistryClient } from "../../provider/registry/client.js";
import type { Verifier } from "../../provider/verify/verifier.js";
import { Decider } from "./decider.js";
import { recordRuns } from "./records.js";
import type { Released } from "./released.js";
import type { StateStore } from "./state-store.js";
import type { WatchProject } from "./watch-project.js";

type Move = Exclude<Action, { kind: "rebuild" }>;

export interface RecallContext {
  readonly root: string;
  readonly settings: Pick<Settings, "registry" | "insecureRegistry" | "evidence">;
  readonly project: WatchProject;
  readonly store: StateStore;
  readonly released: readonly Released[];
  readonly verifier: Verifier;
  readonly policy: VerificationPolicy;
  readonly now: number;
}

/** What a recall did. */
export interface Recalled {
  /** Pins and releases that went back, or went. */
  readonly moves: readonly Move[];
  /** By image: the tags that moved. */
  readonly tags: ReadonlyMap<string, readonly string[]>;
  readonly denials: readonly Denial[];
}

/**
 * Carries out what `recalls.yaml` says: everything that is recalled, by its lineage, goes back to its last good generation in one
 * step, without a build, and is denied. What is gone back to is verified first, all of it. Done already, it changes nothing, so
 * the same command again finishes what broke.
 *
 * @throws ProblemsError with every image that has nothing verified to go back to; nothing has moved then
 */
export async function carryOutRecalls(context: RecallContext): Promise<Recalled> {
  const { root, project, settings, store, released, now } = context;
  const at = toInstant(now);
  const decider = new Decider();
  const watched = new Set(project.fleet.watched.map(({ name }) => name));
  const known = await store.update("Take up what was released since", (states) => {
    const all = new Map([
      ...states,
      ...regenerate(states, project.enrolments, at).map((each) => [each.image, each] as const),
    ]);
    // Told with its release although that is recalled: what is not known cannot be taken back.
    for (const state of recordRuns(all, released, new Map(), at, () => false)) all.set(state.image, state);
    return [...all.values()];
  });
  const isRecalled = (digest: string) => decider.isRecalled(project, known, digest);
  const moves = decider.look(project, known, now).actions.flatMap((action): readonly Move[] => {
    const digest = known.get(action.image)?.adopted?.digest;
    return action.kind !== "rebuild" && digest !== undefined && isRecalled(digest) ? [action] : [];
  });
  await requireGood(context, moves, watched);

  const client = new RegistryClient(settings.registry, settings.insecureRegistry);
  const tags = new Map<string, readonly string[]>();
  await Promise.all(
    project.fleet.built.map(async ({ id }) => {
      const move = moves.find(({ image }) => image === id);
      const good =
        move === undefined ? known.get(id)?.adopted?.digest : move.kind === "withdraw" ? undefined : move.digest;
      const moved = await returnTags(client, `${settings.registry}/${id}`, isRecalled, good);
      if (moved.length > 0) tags.set(id, moved);
    }),
  );
  const states = await store.update(`Recall: ${moves.map(({ image }) => image).join(", ")}`, (before) =>
    moves.flatMap((move) => {
      const state = before.get(move.image);
      return state === undefined || state.adopted?.digest !== known.get(move.image)?.adopted?.digest
        ? []
        : [carryOut(state, move, now)];
    }),
  );
  const denials = denialsOf(project.recalls, states.values());
  await writeDenials(root, denials);
  return { moves, tags, denials };
}

/** What consumers are given instead has to hold by itself. */
async function requireGood(
  { settings, verifier, policy }: RecallContext,
  moves: readonly Move[],
  watched: ReadonlySet<string>,
): Promise<void> {
  if (!settings.evidence) return;
  const problems = await Promise.all(
    moves.map(async ({ image, kind, digest }): Promise<readonly Problem[]> => {
      if (watched.has(image) || kind === "withdraw") return [];
      const repository = `${settings.registry}/${image}`;
      const verification = await verifier.verify({ repository, digest }, policy);
      if (isVerified(verification)) return [];
      const message = `it would go back to ${digest}, which cannot be verified: ${formatRefusal(verification)}`;
      return [
        { place: { file: repository }, message, remedy: "Recall that digest, too, or attach its evidence again." },
      ];
    }),
  );
  if (problems.flat().length > 0) throw new ProblemsError("the recall (nothing was moved)", problems.flat());
}
