import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Measures } from "../../domain/evidence/measures.js";
import { NO_REVISION } from "../../domain/plan/revisions.js";
import type { BuildPlan, Revision } from "../../domain/plan/types.js";
import { type EndedImage, type EndedRun, runRecord } from "../../domain/runs/record.js";
import type { RunRecord } from "../../domain/runs/types.js";
import { formatReleaseEvent } from "../../domain/settings/release.js";
import type { Settings } from "../../domain/settings/types.js";
import type { ImageOutcome, Trouble } from "../engine/outcome.js";

const run = promisify(execFile);

/** An `up` that has ended, as its events told it. */
export interface Ended {
  /** Absolute path of the project. */
  readonly root: string;
  readonly settings: Settings;
  /** What is built here; no images on a stack that promotes. */
  readonly plan: Pick<BuildPlan, "images">;
  /** What was promoted, with the commits that it was built from. Default: nothing. */
  readonly promoted?: ReadonlyMap<string, Revision>;
  readonly images: readonly ImageOutcome[];
  readonly troubles: readonly Trouble[];
  readonly exitCode: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly finishedAt: number;
}

/** The record of an `up`, with what the reports of refused images say. */
export async function endedRun(ended: Ended): Promise<RunRecord> {
  const { root, settings, plan, promoted, images, troubles, exitCode, startedAt, finishedAt } = ended;
  const revisions = promoted ?? new Map(plan.images.map(({ id, revision }) => [id, revision]));
  const workflow = workflowOf(process.env);
  const record: EndedRun = {
    stack: settings.stack,
    registry: settings.registry,
    release: formatReleaseEvent(settings.release),
    commit: await headOf(root),
    ...(workflow === undefined ? {} : { workflow }),
    problems: troubles.map(({ id, kind, text }) => ({ ...(id === "" ? {} : { image: id }), kind, text })),
    startedAt,
    finishedAt,
    exitCode,
    images: await Promise.all(
      images.map(async (image): Promise<EndedImage> => {
        const measures = image.measures ?? (await measuresOf(root, image));
        return {
          ...image,
          revision: revisions.get(image.id) ?? NO_REVISION,
          ...(measures === undefined ? {} : { measures }),
          ...(promoted === undefined ? {} : { promoted: true }),
        };
      }),
    ),
    unique: randomBytes(3).toString("hex"),
  };
  return runRecord(record);
}

/** A refused image has no evidence that the engine knows, but its gates have left their figures. */
async function measuresOf(root: string, { id, candidate }: ImageOutcome): Promise<Measures | undefined> {
  if (candidate === undefined) return undefined;
  try {
    const text = await readFile(join(root, ".factory", "reports", id, "measures.json"), "utf8");
    const measures = JSON.parse(text) as Measures;
    return measures.digest === candidate ? measures : undefined;
  } catch {
    // It never came so far, or the machine that wrote it was another one.
    return undefined;
  }
}

async function headOf(root: string): Promise<string> {
  try {
    return (await run("git", ["rev-parse", "--verify", "HEAD"], { cwd: root })).stdout.trim();
  } catch {
    return "";
  }
}

/** What GitHub and GitLab call the run. */
function workflowOf(env: NodeJS.ProcessEnv): string | undefined {
  const { CI_PIPELINE_ID, GITHUB_RUN_ATTEMPT, GITHUB_RUN_ID } = env;
  if (GITHUB_RUN_ID !== undefined) return `github ${GITHUB_RUN_ID}/${GITHUB_RUN_ATTEMPT ?? "1"}`;
  return CI_PIPELINE_ID === undefined ? undefined : `gitlab ${CI_PIPELINE_ID}`;
}
