import type { Measures, PlatformMeasures } from "../evidence/measures.js";
import type { Revision } from "../plan/types.js";
import type { ImageResult, RunBuild, RunImage, RunPlatform, RunRecord, RunStatus } from "./types.js";

/** One image of an operation that has ended. */
export interface EndedImage {
  readonly id: string;
  readonly state: ImageResult;
  readonly digest?: string;
  readonly platforms: readonly { readonly platform: string; readonly size: number }[];
  readonly seconds?: number;
  readonly revision: Revision;
  /** Of what was built last; absent where nothing was proved. */
  readonly measures?: Measures;
  /** Built on the stack that it is promoted from. Default: on this one. */
  readonly promoted?: true;
}

export interface EndedRun
  extends Pick<RunRecord, "stack" | "registry" | "release" | "commit" | "workflow" | "problems"> {
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly finishedAt: number;
  /** The operation's: 0, or 130 after an interrupt, or another for a failure. */
  readonly exitCode: number;
  readonly images: readonly EndedImage[];
  /** What makes its id unique: a few letters and digits. */
  readonly unique: string;
}

export function runRecord(run: EndedRun): RunRecord {
  const { startedAt, finishedAt, images, exitCode, unique, stack, registry, release, commit, problems } = run;
  return {
    schema: 1,
    id: formatRunId(startedAt, unique),
    ...(run.workflow === undefined ? {} : { workflow: run.workflow }),
    stack,
    registry,
    release,
    commit,
    dirty: images.some(({ revision }) => revision.dirty),
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: new Date(finishedAt).toISOString(),
    seconds: (finishedAt - startedAt) / 1000,
    status: statusOf(exitCode),
    images: images.map(imageOf),
    problems,
  };
}

export function formatRunId(startedAt: number, unique: string): string {
  return `${new Date(startedAt).toISOString().replace(/[-:.]/g, "")}-${unique}`;
}

/** When a run started, in milliseconds since 1970; undefined for what is no run's id. */
export function startOfRun(id: string): number | undefined {
  const [, date, hour, minute, second, milli] = /^(\d{8})T(\d\d)(\d\d)(\d\d)(\d{3})Z-[0-9a-z]+$/.exec(id) ?? [];
  if (date === undefined) return undefined;
  const day = date.replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3");
  const time = Date.parse(`${day}T${hour}:${minute}:${second}.${milli}Z`);
  return Number.isNaN(time) ? undefined : time;
}

function statusOf(exitCode: number): RunStatus {
  if (exitCode === 0) return "succeeded";
  return exitCode === 130 ? "interrupted" : "failed";
}

function imageOf(image: EndedImage): RunImage {
  const { id, state, digest, platforms, seconds, revision, measures } = image;
  const measured = measures?.platforms.map(platformOf) ?? platforms.map(({ platform, size }) => ({ platform, size }));
  const sizes = measured.flatMap(({ size }) => size ?? []);
  return {
    id,
    state,
    ...(digest === undefined ? {} : { digest }),
    revision,
    ...(seconds === undefined ? {} : { seconds }),
    build: buildOf(image),
    ...(sizes.length === 0 ? {} : { size: sizes.reduce((sum, size) => sum + size, 0) }),
    platforms: measured,
  };
}

/** A failed image that was measured was built: a gate refused it. */
function buildOf({ state, measures, promoted }: EndedImage): RunBuild {
  if (state === "skipped") return { status: "skipped" };
  if (promoted) return { status: "unchanged" };
  if (state === "failed" && measures === undefined) return { status: "failed" };
  if (state !== "built" && state !== "candidate" && state !== "failed") return { status: "unchanged" };
  if (measures?.build === undefined) return { status: "passed" };
  const { seconds, steps, cachedSteps } = measures.build;
  return { status: "passed", seconds, steps, cachedSteps };
}

function platformOf({ tests, scan, ...sizes }: PlatformMeasures): RunPlatform {
  const run = (tests?.passed ?? 0) + (tests?.failed ?? 0);
  return {
    ...sizes,
    ...(tests === undefined ? {} : { tests: { ...tests, ...(run === 0 ? {} : { passRate: tests.passed / run }) } }),
    ...(scan === undefined
      ? {}
      : {
          scan: {
            status: scan.status === "unscanned" ? "unscanned" : scan.passed ? "passed" : "failed",
            scanners: scan.scanners,
            ...(scan.status === "unscanned" ? {} : { vulnerabilities: scan.vulnerabilities }),
          },
        }),
  };
}
