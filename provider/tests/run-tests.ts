import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { z } from "zod";
import type { CandidateImage, GateFailure, PlatformManifest } from "../../domain/evidence/types.js";
import { reportOf, type StageResult, type TestBuildResult } from "../../domain/tests/evaluate.js";
import { testFailures } from "../../domain/tests/failures.js";
import { commandGroups, contexts, stages, testDockerfile } from "../../domain/tests/test-build.js";
import type { PlatformTestReport, TestSuite } from "../../domain/tests/types.js";
import type { RegistryClient } from "../registry/client.js";
import { BuildError, buildxBuild } from "./buildx.js";
import { cannotRun } from "./cannot-run.js";
import { runnersFolder } from "./runners.js";

/** What a command of a test may take before it counts as hanging, in milliseconds. */
export interface CommandLimits {
  /** Without using the processor. */
  readonly idle: number;
  /** Of processor time. */
  readonly processor: number;
}

/** Not of time by the clock: under QEMU on a busy machine a program took 258 s to say its version, of which it worked for 40. */
const commandLimits: CommandLimits = { idle: 5 * 60_000, processor: 15 * 60_000 };

export interface RunTestsOptions {
  /** Name of the buildx builder that the tests run on; one with several nodes runs each platform on its own. */
  readonly builder: string;
  /** Reads the built configurations. */
  readonly client: RegistryClient;
  /** Default: five minutes idle, fifteen of processor time. */
  readonly limits?: CommandLimits;
  readonly signal?: AbortSignal;
}

export interface TestOutcome {
  /** In the order of the image's platforms. */
  readonly reports: readonly PlatformTestReport[];
  readonly failures: readonly GateFailure[];
}

/**
 * Runs a suite on every platform of an image, each in a build that is thrown away: the files and the configuration are
 * looked at beside the image, commands and the service run in it, as its user and without network.
 *
 * @throws TestRunError where tests could not be run at all; the signal's reason when cancelled
 */
export async function runTests(
  image: CandidateImage,
  suite: TestSuite,
  options: RunTestsOptions,
): Promise<TestOutcome> {
  const runners = runnersFolder(image.platforms.map(({ platform }) => platform));
  const folder = await mkdtemp(path.join(tmpdir(), "image-test-"));
  try {
    const runs = image.platforms.map(async (manifest, index) => {
      const own = path.join(folder, String(index));
      await mkdir(own);
      const build = new TestBuild(image.repository, manifest, suite, runners, own, options);
      return reportOf(suite, manifest, await build.run());
    });
    // The folder is removed when nothing uses it any more.
    const settled = await Promise.allSettled(runs);
    const reports = settled.map((run) => {
      if (run.status === "rejected") throw run.reason;
      return run.value;
    });
    return { reports, failures: testFailures(reports) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A builder that is gone, an image that it cannot pull, a process that was killed: no word on the image. */
export class TestRunError extends Error {
  override readonly name = "TestRunError";
}

const stageSchema = z.object({
  builder: z.string().optional(),
  cannotStart: z.string().optional(),
  tests: z
    .array(
      z.object({
        id: z.string(),
        problems: z.array(z.string()),
        output: z.string().optional(),
        milliseconds: z.number(),
      }),
    )
    .nullable()
    .transform((tests) => tests ?? []),
});

/** The build that tests one platform. */
class TestBuild {
  /** Makes every run a new one to BuildKit's cache, and tells its results from those of another. */
  private readonly nonce = randomUUID();
  private readonly groups: readonly (readonly number[])[];

  constructor(
    private readonly repository: string,
    private readonly manifest: PlatformManifest,
    private readonly suite: TestSuite,
    private readonly runners: string,
    private readonly folder: string,
    private readonly options: RunTestsOptions,
  ) {
    this.groups = commandGroups(suite);
  }

  async run(): Promise<TestBuildResult> {
    await this.writeContext();
    const runStages = this.groups.map((_, group) => stages.run(group));
    try {
      await this.build(stages.all);
    } catch (error) {
      const reason = error instanceof BuildError ? cannotRun(error) : undefined;
      if (reason === undefined) throw this.explained(error);
      await this.build(stages.static).catch((again: unknown) => {
        throw this.explained(again);
      });
      return { stages: [await this.read(stages.look)], notRun: reason };
    }
    return { stages: await Promise.all([stages.look, ...runStages].map((stage) => this.read(stage))) };
  }

  private async writeContext(): Promise<void> {
    const { platform, digest } = this.manifest;
    const { nonce, suite, groups } = this;
    const { limits = commandLimits } = this.options;
    const dockerfile = testDockerfile(`${this.repository}@${digest}`, platform, groups.length);
    const image = await this.readConfig();
    await Promise.all([
      writeFile(this.file("Dockerfile"), dockerfile),
      writeFile(this.file("spec.json"), JSON.stringify({ nonce, platform, image, suite, groups, limits })),
      writeFile(this.file("empty.json"), ""),
    ]);
  }

  private async readConfig(): Promise<unknown> {
    const { client, signal } = this.options;
    const { manifest } = await client.getManifest(this.repository, this.manifest.digest, signal);
    if (manifest.config === undefined) {
      throw new TestRunError(`${this.repository}@${this.manifest.digest} is no image: its manifest has no config.`);
    }
    return JSON.parse((await client.getBlob(this.repository, manifest.config.digest, signal)).toString());
  }

  private async build(target: string): Promise<void> {
    const args = [
      `--platform=${this.manifest.platform}`,
      `--target=${target}`,
      `--file=${this.file("Dockerfile")}`,
      `--build-context=${contexts.runners}=${this.runners}`,
      `--build-context=${contexts.suite}=${this.folder}`,
      `--output=type=local,dest=${this.file("results")}`,
      "--provenance=false",
      this.folder,
    ];
    await buildxBuild(args, this.options);
  }

  private async read(stage: string): Promise<StageResult> {
    const text = await readFile(path.join(this.file("results"), `${stage}.json`), "utf8");
    // The program was there and ended well, and yet it was not ours.
    if (!text.includes(this.nonce)) throw this.explained(new BuildError(`ERROR: the stage ${stage} gave no results`));
    return stageSchema.parse(JSON.parse(text));
  }

  private explained(error: unknown): unknown {
    if (!(error instanceof BuildError)) return error;
    const { platform, digest } = this.manifest;
    const what = `the tests of ${this.repository}@${digest} (${platform}) could not be run on builder "${this.options.builder}"`;
    return new TestRunError(
      `${what}: ${error.message}\nNothing was found out about the image. Run \`npm run doctor\`, then the same again.`,
    );
  }

  private file(name: string): string {
    return path.join(this.folder, name);
  }
}
