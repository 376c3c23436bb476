import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { renderBake } from "../domain/render/bake.js";
import { type FleetShape, writeFleet } from "../test/support/fleet.js";
import { TestProject } from "../test/support/project.js";
import { type TestServices, withServices } from "../test/support/with-services.js";
import type { EngineEvent } from "../tools/engine/events.js";
import { runEngine } from "../tools/engine/run-engine.js";
import { readProc } from "../tools/machine/processes.js";
import type { ToolName } from "../tools/toolchain/tools.js";
import { stopwatch } from "./rounds.js";

const run = promisify(execFile);

const MOST_WAITS = 60;
const IDLE_TICKS = 2;

/** The cheapest fleet to build, and so the hardest for us: what the engine adds has nothing to hide behind. */
export function fleetOf(images: number): FleetShape {
  return { images, baseBytes: 25_000_000, imageBytes: 270_000, platforms: ["linux/amd64"] };
}

/** A project on services of its own for as long as `use` takes. */
export function withProject<T>(
  name: string,
  use: (project: BenchProject) => Promise<T>,
  more: readonly ToolName[] = [],
): Promise<T> {
  const tools = ["crane", "pulumi", "docker-build", "buildx", ...more] as const;
  return withServices((services) => use(new BenchProject(services, name)), { tools });
}

/** The same with a fleet in it that is built and released. */
export function withFleet<T>(images: number, use: (project: BenchProject) => Promise<T>): Promise<T> {
  return withProject("fleet", async (project) => {
    await writeFleet(project.root, fleetOf(images));
    project.commit();
    await project.update();
    return use(project);
  });
}

/** A project, run by the CLI as a user does, together with the tools that it is compared to. Times are in milliseconds. */
export class BenchProject extends TestProject {
  private readonly bakeFile: string;

  constructor(services: TestServices, name: string, options: { readonly evidence?: boolean } = {}) {
    super(services, name, options);
    this.bakeFile = path.join(services.dataDir, `${name}.hcl`);
  }

  /** `pulumi preview` from the start of the CLI to its end. */
  previewTime(...args: readonly string[]): Promise<number> {
    const { configFile, env, pulumi, root } = this.workspace();
    const all = ["preview", "--config-file", configFile, "--non-interactive", "--expect-no-changes", ...args];
    return stopwatch(() => run(pulumi, all, { cwd: root, env }));
  }

  /** `pulumi up` without preview and without the policy pack; throws where it fails. */
  async update(onEvent: (event: EngineEvent) => void = () => {}): Promise<void> {
    const errors: string[] = [];
    const take = (event: EngineEvent) => {
      if (event.diagnosticEvent?.severity === "error") errors.push(event.diagnosticEvent.message.trim());
      onEvent(event);
    };
    const { code, text } = await runEngine(this.workspace(), "up", ["--yes", "--skip-preview"], take);
    if (code !== 0) throw new Error(`pulumi up ended with exit code ${code}: ${[...errors, text].join("\n")}`);
  }

  updateTime(): Promise<number> {
    return stopwatch(() => this.update());
  }

  /** Digests of all released images, by id. */
  async digests(): Promise<ReadonlyMap<string, string>> {
    const { env, pulumi, root } = this.workspace();
    const { stdout } = await run(pulumi, ["stack", "output", "images", "--json"], { cwd: root, env });
    const images = JSON.parse(stdout) as readonly { readonly id: string; readonly digest: string }[];
    return new Map(images.map(({ id, digest }) => [id, digest]));
  }

  /** Writes what `npm run up` leaves for `buildx bake`, on these digests; `change` may edit its text. */
  async writeBakeFile(digests: ReadonlyMap<string, string>, change = (text: string) => text): Promise<void> {
    writeFileSync(this.bakeFile, change(renderBake(await this.plan(), { registry: this.services.registry, digests })));
  }

  bakeTime(...args: readonly string[]): Promise<number> {
    return this.toolTime("buildx", [
      "bake",
      "--file",
      this.bakeFile,
      "--allow",
      "fs=*",
      "--progress",
      "plain",
      ...args,
    ]);
  }

  buildctlTime(...args: readonly string[]): Promise<number> {
    return this.toolTime("buildctl", ["build", "--progress", "plain", ...args]);
  }

  /** Empties BuildKit's cache. */
  async prune(): Promise<void> {
    await run(this.services.toolchain.program("buildctl"), ["prune", "--all"], { env: this.toolEnv() });
  }

  /** How many builds BuildKit remembers: each solve of a client leaves a record. */
  async solves(): Promise<number> {
    const format = ["debug", "histories", "--format", "{{.Record.Ref}}"];
    const { stdout } = await run(this.services.toolchain.program("buildctl"), format, { env: this.toolEnv() });
    return new Set(stdout.split("\n").filter((line) => line !== "")).size;
  }

  /** Waits until BuildKit has nothing to do any more: after a burst of builds it goes on collecting for seconds. */
  async settled(): Promise<void> {
    const { buildkitd } = this.services.pids;
    for (let before = ticksOf(buildkitd), tries = 0; tries < MOST_WAITS; tries += 1) {
      await delay(500);
      const now = ticksOf(buildkitd);
      if (now - before <= IDLE_TICKS) return;
      before = now;
    }
  }

  private toolTime(program: "buildctl" | "buildx", args: readonly string[]): Promise<number> {
    const options = { cwd: this.root, env: this.toolEnv(), maxBuffer: 1 << 28 };
    return stopwatch(() => run(this.services.toolchain.program(program), args, options));
  }

  private toolEnv(): NodeJS.ProcessEnv {
    return { ...process.env, ...this.services.env };
  }
}

/** Processor time of a process, in hundredths of a second. */
function ticksOf(pid: number): number {
  const fields = (readProc(`/proc/${pid}/stat`) ?? "").split(") ").at(-1)?.split(" ") ?? [];
  return Number(fields[11]) + Number(fields[12]);
}
