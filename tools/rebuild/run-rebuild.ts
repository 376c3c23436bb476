import type { ImageGraph } from "../../domain/graph/types.js";
import type { RunItem } from "../../domain/rebuild/run-set.js";
import { withEngine } from "../engine/claim.js";
import { type EngineEvent, nameOf } from "../engine/events.js";
import { type ImageOutcome, Outcome, type Trouble } from "../engine/outcome.js";
import { runEngine } from "../engine/run-engine.js";
import type { Workspace } from "../engine/workspace.js";

export interface RebuildRun {
  readonly images: readonly ImageOutcome[];
  readonly troubles: readonly Trouble[];
  /** 130 where somebody interrupted it. */
  readonly code: number;
}

export interface RunHooks {
  /** The engine has begun to build an image. */
  began(image: string): void;
  /** An image is released, or has failed. */
  ended(outcome: ImageOutcome): void;
  tell(line: string): void;
}

/** `pulumi up` with the policies on, for these images only: everything else stays as it is, whatever the checkout says. */
export async function runRebuild(
  workspace: Workspace,
  graph: Pick<ImageGraph, "nodes">,
  items: readonly RunItem[],
  hooks: RunHooks,
): Promise<RebuildRun> {
  const outcome = new Outcome(
    items.map(({ image }) => image),
    false,
    Date.now,
  );
  const take = (event: EngineEvent) => {
    const begun = begunBy(event);
    const ended = outcome.take(event);
    if (begun !== undefined) hooks.began(begun);
    if (ended !== undefined) hooks.ended(ended);
  };
  const targets = targetsOf(graph, items).flatMap((name) => ["--target", `**::${name}`]);
  // A failed image holds back what stands on it and nothing else.
  const args = ["--yes", "--skip-preview", "--continue-on-error", "--policy-pack", "policy-pack", ...targets];
  const { code, text } = await withEngine(workspace, hooks.tell, () => runEngine(workspace, "up", args, take));
  const troubles = [...outcome.troubles];
  if (code !== 0 && code !== 130 && troubles.length === 0) {
    troubles.push({ id: "", kind: "engine", text: text === "" ? `pulumi ended with exit code ${code}.` : text });
  }
  return { images: outcome.images, troubles, code };
}

/** Names of the resources of these images, and of the pools that they take from. */
function targetsOf({ nodes }: Pick<ImageGraph, "nodes">, items: readonly RunItem[]): readonly string[] {
  const chosen = new Set(items.map(({ image }) => image));
  const names = new Set<string>(["factory"]);
  for (const { id, dependencies } of nodes) {
    if (!chosen.has(id)) continue;
    for (const each of dependencies) if (each.kind === "pool") names.add(`${each.name}-pool`);
    for (const name of [id, `${id}-image`, `${id}-evidence`, `${id}-verified`, `${id}-release`]) names.add(name);
  }
  return [...names];
}

function begunBy({ resourcePreEvent }: EngineEvent): string | undefined {
  if (resourcePreEvent === undefined || resourcePreEvent.planning === true) return undefined;
  const { op, type, urn } = resourcePreEvent.metadata;
  const builds = type === "docker-build:index:Image" && (op === "create" || op === "update" || op === "replace");
  return builds ? nameOf(urn).replace(/-image$/, "") : undefined;
}
