import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { renderChangelog } from "../../domain/changelog/render.js";
import { valueOrThrow } from "../../domain/problems.js";
import { loadRecalls } from "../../domain/recall/load.js";
import { loadRollbacks } from "../../domain/rollback/load.js";
import { type RollbackEntry, type RollbackManifest, rollbackManifest } from "../../domain/rollback/manifest.js";
import { renderPrometheus } from "../../domain/runs/prometheus.js";
import type { RunImage, RunRecord } from "../../domain/runs/types.js";
import { LATEST, writeRun } from "../../domain/runs/write-run.js";
import { loadVerificationKeys } from "../../provider/signing/verification-keys.js";
import type { Trouble } from "../engine/outcome.js";
import { type Ended, endedRun } from "./ended-run.js";
import type { Decisions, ReleaseReader } from "./release-reader.js";

/** Where the records of a project's runs are kept. */
export function runsFolder(root: string): string {
  return join(root, ".factory", "runs");
}

export interface RecordedRun {
  /** Absent where nothing could be written. */
  readonly id?: string;
  /** What of the reports could not be made; what was released stands. */
  readonly troubles: readonly Trouble[];
}

/**
 * Writes what an `up` did, when it is done: figures, what every image can go back to, and what each release changed. A part
 * that cannot be made is told, and keeps none of the others from being written.
 */
export async function recordRun(ended: Ended): Promise<RecordedRun> {
  const folder = runsFolder(ended.root);
  const record = await endedRun(ended);
  const files = new Map([
    ["metrics.json", json(record)],
    ["metrics.prom", renderPrometheus(record)],
  ]);
  const troubles: Trouble[] = [];
  const part = async (what: string, make: () => Promise<void>) => {
    try {
      await make();
    } catch (error) {
      troubles.push(trouble(what, error, "Look to the registry, and run the command again."));
    }
  };
  // A stack that promotes goes back by its file of releases, which says all of that.
  const { promotes, release } = ended.settings;
  const nothing = release.kind === "pull-request" || promotes !== undefined;
  const released = nothing ? [] : record.images.filter(isReleased);
  if (ended.settings.evidence && released.length > 0) {
    await part("what releases changed, and can go back to", async () => {
      const decisions = await decisionsOf(ended);
      let opening: Promise<ReleaseReader> | undefined;
      // Loaded where something is read: most runs change nothing, and a start counts.
      const reader = () => {
        opening ??= import("./release-reader.js").then(({ openReader }) => openReader(ended, decisions));
        return opening;
      };
      await part("rollback-manifest.json", async () => {
        files.set("rollback-manifest.json", json(await manifestOf(ended, record, released, decisions.hash, reader)));
      });
      for (const image of released.filter(({ state }) => state !== "unchanged")) {
        await part(`the changelog of ${image.id}`, async () => {
          const changelog = await (await reader()).changelog(image.id, image.digest ?? "", record.finishedAt);
          if (changelog === undefined) return;
          files.set(`${image.id}/changelog.json`, json(changelog));
          files.set(`${image.id}/CHANGELOG.md`, renderChangelog(changelog));
        });
      }
    });
  }
  try {
    await writeRun(folder, record.id, files, ended.finishedAt);
  } catch (error) {
    const remedy = "Make the folder writable. What was released stands, and the next run is recorded again.";
    return { troubles: [...troubles, trouble(`${folder}: this run is not recorded`, error, remedy)] };
  }
  return { id: record.id, troubles };
}

function isReleased({ state, digest }: RunImage): boolean {
  return digest !== undefined && ["built", "proved", "released", "unchanged"].includes(state);
}

/** What people decided, and what counts: the manifest of the last run holds as long as these are the same. */
async function decisionsOf({ root, settings }: Ended): Promise<Decisions> {
  const recalls = valueOrThrow("the recalls", await loadRecalls(root));
  const rollbacks = valueOrThrow("the rollbacks", await loadRollbacks(root));
  const keys = await loadVerificationKeys(root, settings);
  const hash = createHash("sha256").update(JSON.stringify({ recalls, rollbacks, keys })).digest("hex");
  return { recalls, rollbacks, keys, hash };
}

/** Images of which nothing changed keep what the last run verified: a run that changes nothing asks the registry nothing. */
async function manifestOf(
  ended: Ended,
  record: RunRecord,
  released: readonly RunImage[],
  decisions: string,
  reader: () => Promise<ReleaseReader>,
): Promise<RollbackManifest> {
  const { stack, registry } = ended.settings;
  const last = await lastManifest(ended.root);
  const isSame = last?.decisions === decisions && last.stack === stack && last.registry === registry;
  const known = new Map<string, RollbackEntry>(isSame ? last.images.map((entry) => [entry.image, entry]) : []);
  const entries = released.map(async ({ id, state, digest = "" }) => {
    const entry = known.get(id);
    if (state === "unchanged" && entry?.current === digest) return entry;
    return (await reader()).entry(id, digest, record.finishedAt);
  });
  return rollbackManifest({ run: record.id, stack, registry, decisions }, await Promise.all(entries));
}

async function lastManifest(root: string): Promise<RollbackManifest | undefined> {
  try {
    const file = join(runsFolder(root), LATEST, "rollback-manifest.json");
    return JSON.parse(await readFile(file, "utf8")) as RollbackManifest;
  } catch {
    // There was none, or it cannot be read: everything is verified anew.
    return undefined;
  }
}

function trouble(what: string, error: unknown, remedy: string): Trouble {
  return { id: "", kind: "engine", text: `${what}: ${error instanceof Error ? error.message : error}`, remedy };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
