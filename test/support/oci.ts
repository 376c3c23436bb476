import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { TestServices } from "./with-services.js";

const run = promisify(execFile);

/** Asks the registry with crane, as anybody would. */
export class Registry {
  constructor(private readonly services: TestServices) {}

  async crane(...args: readonly string[]): Promise<string> {
    const { stdout } = await run("crane", args, { env: { ...process.env, ...this.services.env }, maxBuffer: 1 << 28 });
    return stdout.trim();
  }

  /** `<registry>/<path>` */
  at(path: string): string {
    return `${this.services.registry}/${path}`;
  }

  async digest(path: string): Promise<string> {
    return this.crane("digest", this.at(path));
  }

  async tags(repository: string): Promise<readonly string[]> {
    const text = await this.crane("ls", this.at(repository)).catch((error: unknown) => {
      if (String(error).includes("NAME_UNKNOWN")) return "";
      throw error;
    });
    return text.split("\n").filter(Boolean).sort();
  }

  /** Platforms of an index, in its order. */
  async platforms(path: string): Promise<readonly string[]> {
    const { manifests } = JSON.parse(await this.crane("manifest", this.at(path)));
    return manifests.map(
      ({ platform }: { platform: { os: string; architecture: string } }) => `${platform.os}/${platform.architecture}`,
    );
  }

  async config(
    path: string,
    platform: string,
  ): Promise<{ readonly User?: string; readonly Labels: Readonly<Record<string, string>> }> {
    return JSON.parse(await this.crane("config", "--platform", platform, this.at(path))).config;
  }

  /** The files of an image, as one tar. */
  async files(path: string, platform: string): Promise<Buffer> {
    const { stdout } = await run("crane", ["export", "--platform", platform, this.at(path), "-"], {
      env: { ...process.env, ...this.services.env },
      encoding: "buffer",
      maxBuffer: 1 << 30,
    });
    return stdout;
  }
}
