import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "../../tools/services/ports.js";
import { registryService } from "../../tools/services/registry.js";
import { ensureToolchain } from "../../tools/toolchain/toolchain.js";

/** A further registry of the kind that `npm run up` starts, for what takes two. */
export class Distribution {
  private constructor(
    /** `host:port` */
    readonly address: string,
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  /** @param login a line of htpasswd (bcrypt); default: everybody may */
  static async start({ login }: { readonly login?: string } = {}): Promise<Distribution> {
    const program = (await ensureToolchain(["registry"])).program("registry");
    const folder = mkdtempSync(path.join(tmpdir(), "image-factory-registry-"));
    const { address, args, config, env } = registryService(folder, program, await freePort(), undefined);
    mkdirSync(path.dirname(config?.path ?? ""), { recursive: true });
    writeFileSync(config?.path ?? "", config?.text ?? "");
    const asks = login === undefined ? {} : asking(folder, login);
    const child = spawn(program, args, { env: { ...process.env, ...env, ...asks }, stdio: "ignore" });
    const ended = once(child, "exit").then(() => {
      throw new Error(`the registry at ${address} ended before it answered`);
    });
    while (!(await Promise.race([answers(address), ended])));
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

/** The program's own variables take the place of a configuration that has no such part. */
function asking(folder: string, login: string): NodeJS.ProcessEnv {
  const file = path.join(folder, "htpasswd");
  writeFileSync(file, `${login}\n`);
  return {
    REGISTRY_AUTH: "htpasswd",
    REGISTRY_AUTH_HTPASSWD_REALM: "test",
    REGISTRY_AUTH_HTPASSWD_PATH: file,
  };
}

async function answers(address: string): Promise<boolean> {
  try {
    const { headers, status } = await fetch(`http://${address}/v2/`, { signal: AbortSignal.timeout(5_000) });
    return [200, 401].includes(status) && headers.get("docker-distribution-api-version") === "registry/2.0";
  } catch {
    return false;
  }
}
