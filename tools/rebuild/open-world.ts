import { secretIds } from "../../domain/plan/secrets.js";
import { returnTags } from "../../provider/recall/return-tags.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { ensureSecrets } from "../engine/secrets.js";
import type { Standby } from "../engine/standby.js";
import type { Workspace } from "../engine/workspace.js";
import { type OutsideOptions, openOutside } from "./outside.js";
import { readReleased } from "./released.js";
import { runRebuild } from "./run-rebuild.js";
import type { WatchWorld } from "./watch-world.js";

export interface WorldOptions extends OutsideOptions {
  readonly workspace: Workspace;
  /** Default: each run's engine starts all of its processes itself. */
  readonly standby?: Standby;
}

/** The real registries, the real engine, and this machine's files. */
export function openWorld({ workspace, standby, ...options }: WorldOptions): WatchWorld {
  const { settings, tell } = options;
  const { root } = workspace;
  // Scanners are found by name.
  process.env.PATH = workspace.env.PATH;
  return {
    ...openOutside(root, options),
    released: async ({ graph }) => readReleased(workspace.stateFile, graph),
    // Whoever runs the engine here lives to tell, or has left an attempt open that is closed as interrupted.
    ended: async () => new Map(),
    run: async ({ fleet, graph }, items, hooks) => {
      // What is wrong with the plan the program says, which makes it anyway: a build that is due does not wait for a second one.
      const selected = new Set(fleet.built.map(({ id }) => id));
      const images = graph.nodes.filter(({ id }) => selected.has(id)).map((node) => ({ node }));
      ensureSecrets(workspace, secretIds({ images }), tell);
      const rebuild = (variables: NodeJS.ProcessEnv) =>
        runRebuild({ ...workspace, env: { ...workspace.env, ...variables } }, graph, items, hooks);
      return standby === undefined ? rebuild({}) : standby.use(rebuild);
    },
    moveTags: async ({ image, kind, digest }, isRecalled) => {
      const { insecureRegistry, registry } = settings;
      const client = new RegistryClient(registry, insecureRegistry);
      const good = kind === "withdraw" ? undefined : digest;
      await returnTags(client, `${registry}/${image}`, isRecalled, good);
    },
  };
}
