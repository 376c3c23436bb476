import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import type { PromotedRelease } from "../../domain/promotion/types.js";
import { renderPromotions } from "../../domain/promotion/write.js";
import type { Recall } from "../../domain/recall/types.js";
import { runRecordSchema } from "../../domain/runs/schema.js";
import type { RunRecord } from "../../domain/runs/types.js";
import { ensureLocalKey } from "../../provider/signing/local-key.js";
import { TestProject } from "../support/project.js";
import type { World } from "../support/stand-in/world.js";
import type { TestServices } from "../support/with-services.js";
import { BUILDER, type ProvedImage, SOURCE } from "../verification/proved-image.js";

const run = promisify(execFile);

export interface ProdRun {
  readonly code: number;
  /** Everything that the engine said. */
  readonly text: string;
  /** By kind, e.g. `create`, as the engine counts them at the end. */
  readonly changes: Readonly<Record<string, number>>;
}

/** A stack `prod` that promotes, run by the real engine with this checkout's compiled program and provider. */
export class ProdProject {
  readonly publicKey: string;
  private readonly project: TestProject;
  private readonly env: NodeJS.ProcessEnv;

  private constructor(
    private readonly services: TestServices,
    name: string,
    settings: Readonly<Record<string, unknown>>,
    sourceKeys: readonly string[],
    env: Readonly<Record<string, string>>,
  ) {
    this.project = new TestProject(services, name, { env });
    const stackFile = path.join(this.root, "Pulumi.prod.yaml");
    this.env = { ...this.project.workspace().env, PULUMI_STACK: undefined, FACTORY_STACK_FILE: stackFile };
    const keys = sourceKeys.map((_, index) => `keys/source-${index}.pub`);
    this.publicKey = readFileSync(path.join(services.dataDir, `${name}-key`, "cosign.pub"), "utf8");
    execFileSync("cp", ["-r", path.join(services.dataDir, `${name}-key`), path.join(this.root, "prod-key")]);
    const { promotes, ...others } = settings as { readonly promotes?: object };
    const config = {
      "factory:signingKey": "prod-key/cosign.key",
      "factory:verificationKeys": ["prod-key/cosign.pub"],
      "factory:source": SOURCE,
      "factory:promotes": { releases: "releases/prod.yaml", keys, builders: [BUILDER], ...promotes },
      ...others,
    };
    this.project.write({ "Pulumi.prod.yaml": `${JSON.stringify({ config })}\n` });
    this.project.write(Object.fromEntries(sourceKeys.map((key, index) => [keys[index] ?? "", key])));
    this.release([]);
    execFileSync(this.services.toolchain.program("pulumi"), ["stack", "init", "prod", "--non-interactive"], {
      cwd: this.root,
      env: this.env,
      stdio: "pipe",
    });
  }

  /**
   * @param settings of the stack, `factory:registry` at least; `promotes` without its keys and builders
   * @param sourceKeys public keys (PEM) of what is promoted
   * @param env further variables for the engine
   */
  static async make(
    services: TestServices,
    name: string,
    settings: Readonly<Record<string, unknown>>,
    sourceKeys: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<ProdProject> {
    mkdirSync(services.dataDir, { recursive: true });
    await ensureLocalKey(path.join(services.dataDir, `${name}-key`));
    return new ProdProject(services, name, settings, sourceKeys, env);
  }

  /** What the stand-ins for the clouds' providers have made. */
  get world(): World {
    return this.project.world;
  }

  get root(): string {
    return this.project.root;
  }

  /** Writes the releases file. */
  release(releases: readonly PromotedRelease[]): void {
    mkdirSync(path.join(this.root, "releases"), { recursive: true });
    writeFileSync(path.join(this.root, "releases/prod.yaml"), renderPromotions(releases));
  }

  recall(...recalls: readonly Recall[]): void {
    this.project.write({ "recalls.yaml": JSON.stringify({ recalls }) });
  }

  up(...args: readonly string[]): Promise<ProdRun> {
    return this.run(["up", "--yes", "--skip-preview", "--json", ...args]);
  }

  preview(...args: readonly string[]): Promise<ProdRun> {
    return this.run(["preview", "--json", ...args]);
  }

  refresh(): Promise<ProdRun> {
    return this.run(["refresh", "--yes", "--skip-preview", "--json"]);
  }

  destroy(): Promise<ProdRun> {
    return this.run(["destroy", "--yes", "--skip-preview", "--json"]);
  }

  /** The stack's state, as the CLI exports it to whoever has not the key of its secrets. */
  async export(): Promise<string> {
    const pulumi = this.services.toolchain.program("pulumi");
    const env = { ...this.env, PULUMI_CONFIG_PASSPHRASE_FILE: undefined };
    return (await run(pulumi, ["stack", "export", "--stack", "prod"], { cwd: this.root, env })).stdout;
  }

  /** `up` with its preview, and then what is kept of it, as prod's workflow does both. */
  async upAndRecord(): Promise<{ readonly said: string; readonly record: RunRecord }> {
    const { stdout } = await this.pulumi(["up", "--yes", "--json"]);
    writeFileSync(path.join(this.root, "events.json"), stdout);
    const { code, said } = await this.record();
    if (code !== 0) throw new Error(said);
    const metrics = readFileSync(path.join(this.root, ".factory/runs/latest/metrics.json"), "utf8");
    return { said, record: runRecordSchema.parse(JSON.parse(metrics)) };
  }

  /** `factory record` of the last `upAndRecord`. */
  async record(): Promise<{ readonly code: number; readonly said: string }> {
    // The project's `dist` is a link: the program has to take the project for its own.
    const links = ["--preserve-symlinks", "--preserve-symlinks-main"];
    const program = path.join(this.root, "dist/cli/factory.js");
    const args = [...links, program, "record", "events.json", "--stack", "prod"];
    const { code, stdout, stderr } = await this.execute(process.execPath, args, this.env);
    return { code, said: `${stdout}${stderr}` };
  }

  private pulumi(args: readonly string[]) {
    const all = [...args, "--stack", "prod", "--non-interactive", "--color", "never"];
    const env = { ...this.env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" };
    return this.execute(this.services.toolchain.program("pulumi"), all, env);
  }

  private execute(program: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    return run(program, args, { cwd: this.root, env, maxBuffer: 1 << 28 }).then(
      (done) => ({ code: 0, ...done }),
      ({ code: failed, stdout: out, stderr: err }) => ({
        code: Number(failed),
        stdout: String(out),
        stderr: String(err),
      }),
    );
  }

  private async run(args: readonly string[]): Promise<ProdRun> {
    const { code, stdout, stderr } = await this.pulumi(args);
    const text = `${stdout}${stderr}`;
    const summary = /"resourceChanges":\s*(\{[^}]*\})|"changeSummary":\s*(\{[^}]*\})/.exec(text);
    // Quoted as JSON in events.
    return { code, text: text.replaceAll("\\n", "\n"), changes: JSON.parse(summary?.[1] ?? summary?.[2] ?? "{}") };
  }
}

/** An entry of a releases file for an image that `makeImage` has made. */
export function entryOf({ repository, digest }: ProvedImage, changes: Partial<PromotedRelease> = {}): PromotedRelease {
  return {
    image: repository.slice(repository.lastIndexOf("/") + 1),
    repository,
    digest,
    platforms: ["linux/amd64", "linux/arm64"],
    buildId: digest.slice("sha256:".length),
    revision: "c".repeat(40),
    stack: "staging",
    builder: BUILDER,
    key: "k",
    promoted: "2026-01-31T12:00:00Z",
    ...changes,
  };
}
