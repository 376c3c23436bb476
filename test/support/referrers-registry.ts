import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { ensureToolchain } from "../../tools/toolchain/toolchain.js";

/** A registry in memory that has the referrers API. */
export class ReferrersRegistry {
  private constructor(
    /** `host:port` */
    readonly address: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(): Promise<ReferrersRegistry> {
    const program = (await ensureToolchain(["referrers-registry"])).program("referrers-registry");
    // It ends with its standard input, and so with us.
    const child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
    const [address] = await once(createInterface(child.stdout), "line");
    return new ReferrersRegistry(address, child);
  }

  async stop(): Promise<void> {
    const ended = once(this.child, "exit");
    this.child.stdin?.end();
    await ended;
  }
}
