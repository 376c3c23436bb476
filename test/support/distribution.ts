import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "../../tools/services/ports.js";
import { isRegistry, registryService } from "../../tools/services/registry.js";
import { ensureToolchain } from "../../tools/toolchain/toolchain.js";

/** A further registry of the kind that `npm run up` starts, for what takes two. */
export class Distribution {
  private constructor(
    /** `host:port` */
    readonly address: string,
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  static async start(): Promise<Distribution> {
    const program = (await ensureToolchain(["registry"])).program("registry");
    const folder = mkdtempSync(path.join(tmpdir(), "image-factory-registry-"));
    const { address, args, config, env } = registryService(folder, program, await freePort(), undefined);
    mkdirSync(path.dirname(config?.path ?? ""), { recursive: true });
    writeFileSync(config?.path ?? "", config?.text ?? "");
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: "ignore" });
    const ended = once(child, "exit").then(() => {
      throw new Error(`the registry at ${address} ended before it answered`);
    });
    while (!(await Promise.race([isRegistry(address), ended])));
    ended.catch(() => {});
    return new Distribution(address, child, folder);
  }

  async stop(): Promise<void> {
    const ended = once(this.child, "exit");
    this.child.kill();
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
