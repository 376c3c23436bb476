import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeGeneratedDockerfiles } from "../../domain/plan/write-dockerfiles.js";
import { ProblemsError } from "../../domain/problems.js";
import { renderBake } from "../../domain/render/bake.js";
import type { RecordedBuild } from "../../domain/reproduction/recorded-build.js";
import { readResolvedDependencies } from "../../provider/buildkit/build-record.js";
import { run } from "../machine/run.js";
import { type RunningServices, startServices, stopServices } from "../services/local-services.js";
import type { Toolchain } from "../toolchain/toolchain.js";
import { checkOut } from "./checkout.js";
import { copyMaterials, materialRepository } from "./materials.js";
import { planRecorded } from "./plan.js";

export interface RebuildOptions {
  /** Absolute path of the project, in a clone that has the recorded commit. */
  readonly project: string;
  /** Absolute path of a folder for the clean root; it is emptied before and after. */
  readonly folder: string;
  /** With buildkit, registry, crane, buildx. */
  readonly toolchain: Toolchain;
  /** Values of the build secrets, by id. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Registries spoken to without TLS; loopback addresses are anyway. */
  readonly insecure: readonly string[];
}

/** What came out, while the registry that holds it still runs. */
export interface Rebuilt {
  /** `<registry>/<path>`. */
  readonly repository: string;
  readonly digest: string;
  /** Digests of the images that BuildKit says it used. */
  readonly used: readonly string[];
  /** BuildKit's version, e.g. `v0.31.1`. */
  readonly buildkit: string;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const metadataSchema = z.record(z.string(), z.object({ "containerimage.digest": z.string() }));

/**
 * Builds what is recorded again: from a clean checkout of the commit, by a BuildKit that has built nothing before, with a
 * registry that holds the recorded materials and nothing else. Hands the result to `use`, then removes everything.
 *
 * @throws ProblemsError for what cannot be had: a commit, a material, a secret
 */
export async function withRebuilt<T>(
  build: RecordedBuild,
  options: RebuildOptions,
  use: (rebuilt: Rebuilt) => Promise<T>,
): Promise<T> {
  const { folder, toolchain } = options;
  requireSecrets(build, options.secrets);
  const remove = async () => {
    await stopServices(folder);
    rmSync(folder, { recursive: true, force: true });
  };
  const interrupt = () => {
    remove().finally(() => process.exit(130));
  };
  for (const signal of SIGNALS) process.once(signal, interrupt);
  try {
    // A run that was killed leaves it behind.
    await remove();
    const services = await startServices({ dataDir: folder, registryPort: 0, builder: "reproduce", toolchain });
    const root = await checkOut(options.project, build.revision, join(folder, "source"));
    await copyMaterials(build.materials, services.registry, { ...options, crane: toolchain.program("crane") });
    return await use(await bake(build, root, services, options));
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
    await remove();
  }
}

function requireSecrets({ image, secrets }: RecordedBuild, given: RebuildOptions["secrets"]): void {
  const missing = secrets.filter((id) => given[id] === undefined);
  if (missing.length === 0) return;
  throw new ProblemsError(
    image,
    missing.map((id) => ({
      place: { file: `secret ${id}` },
      message: "it was built with this secret, whose value is recorded nowhere.",
      remedy: `Give it: --secret ${id}=FILE`,
    })),
  );
}

async function bake(
  build: RecordedBuild,
  root: string,
  { registry, env, buildkitHost }: RunningServices,
  { toolchain, secrets }: RebuildOptions,
): Promise<Rebuilt> {
  const plan = await planRecorded(root, build, (material) => materialRepository(registry, material));
  await writeGeneratedDockerfiles(root, plan);
  writeFileSync(join(root, "docker-bake.hcl"), renderBake(plan, { registry, digests: new Map() }));
  const metadata = join(root, ".factory", "metadata.json");
  const args = ["bake", "--no-cache", "--progress", "plain", "--metadata-file", metadata, build.image];
  const built = await run(toolchain.program("buildx"), args, {
    cwd: root,
    env: { ...process.env, ...env, ...secrets },
  });
  if (built.code !== 0) throw buildError(build, built.stderr);
  const text: unknown = JSON.parse(readFileSync(metadata, "utf8"));
  const digest = metadataSchema.parse(text)[build.image]?.["containerimage.digest"] ?? "";
  const buildctl = toolchain.program("buildctl");
  const used = (await readResolvedDependencies(buildkitHost, digest, { buildctl })) ?? [];
  return {
    repository: `${registry}/candidate/${build.image}`,
    digest,
    used: used.map((it) => `sha256:${it.digest.sha256}`),
    buildkit: await versionOf(toolchain.program("buildkitd")),
  };
}

async function versionOf(buildkitd: string): Promise<string> {
  const { stdout } = await run(buildkitd, ["--version"]);
  return /moby\/buildkit (\S+)/.exec(stdout)?.[1] ?? "";
}

function buildError({ image, revision }: RecordedBuild, output: string): ProblemsError {
  const tail = output.trimEnd().split("\n").slice(-12).join("\n   | ");
  const message = `it could not be built again from commit ${revision.slice(0, 12)}:\n   | ${tail}`;
  const remedy = "A build that worked once and fails now depends on something that is not recorded.";
  return new ProblemsError("the rebuild", [{ place: { file: image }, message, remedy }]);
}
