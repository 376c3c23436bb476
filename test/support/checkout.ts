import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { symlinkSync } from "node:fs";
import path from "node:path";
import type { ImageOutcome } from "../../tools/engine/outcome.js";
import { livingPids, readProc } from "../../tools/machine/processes.js";
import { projectRoot } from "../../tools/project.js";
import { servicesStatus } from "../../tools/services/local-services.js";
import type { ServiceName } from "../../tools/services/service.js";
import { TestProject } from "./project.js";
import type { TestServices } from "./with-services.js";

/** A project on which the programs behind `npm run` work as in a clone of their own, each as a process of its own. */
export class Checkout extends TestProject {
  readonly dataDir: string;

  constructor(services: TestServices, name: string) {
    super(services, name);
    symlinkSync(path.join(projectRoot, "tools"), path.join(this.root, "tools"));
    this.dataDir = path.join(this.root, ".factory");
    // What a run starts there is ended with the services.
    symlinkSync(services.dataDir, this.dataDir);
    this.write({ ".git/info/exclude": "/tools\n/docker-bake.hcl\n" });
  }

  /** `npm run <command> -- <args>` without npm. */
  start(command: "up" | "preview", ...args: readonly string[]): Run {
    return this.program(path.join("tools", command), args);
  }

  /** `npx factory <args>`. */
  factory(...args: readonly string[]): Run {
    return this.program(path.join("cli", "factory"), args);
  }

  private program(name: string, args: readonly string[]): Run {
    // With its links preserved, the program takes the folder that it is called from for its checkout.
    const flags = ["--preserve-symlinks", "--preserve-symlinks-main", path.join(this.root, "dist", name)];
    return new Run(spawn(process.execPath, [...flags, ...args], { cwd: this.root, stdio: ["ignore", "pipe", "pipe"] }));
  }

  /** The engine and all that it started. */
  engineProcesses(): readonly number[] {
    const marker = `IMAGE_FACTORY_ENGINE=${this.dataDir}`;
    return livingPids().filter((pid) => (readProc(`/proc/${pid}/environ`) ?? "").split("\0").includes(marker));
  }

  async pidOf(service: ServiceName): Promise<number> {
    const status = (await servicesStatus(this.dataDir)).find(({ name }) => name === service);
    if (status?.pid === undefined) throw new Error(`${service} does not run`);
    return status.pid;
  }
}

/** A command at work. */
export class Run {
  stdout = "";
  stderr = "";
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;

  constructor(readonly process: ChildProcess) {
    this.ended = once(process, "close").then(([code, signal]) => signal ?? code);
    process.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      this.stdout += chunk;
    });
    process.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
      this.stderr += chunk;
      process.emit("said");
    });
  }

  /** Resolves as soon as it has said a line that begins so; rejects when it ends without. */
  async says(beginning: string): Promise<void> {
    const said = () => this.stderr.split("\n").some((line) => line.startsWith(beginning));
    const ended = this.ended.then(() => "ended");
    while (!said()) {
      const event = await Promise.race([once(this.process, "said"), ended]);
      if (event === "ended" && !said()) throw new Error(`it ended without saying "${beginning}":\n${this.stderr}`);
    }
  }

  /** The images in what `--json` printed. */
  get images(): readonly ImageOutcome[] {
    return (JSON.parse(this.stdout) as { images: readonly ImageOutcome[] }).images;
  }
}
