import { cpSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { type Compression, compressions } from "../domain/catalogue/types.js";
import { exportSpec } from "../domain/render/bake.js";
import { bytes } from "../test/support/fleet.js";
import { Registry } from "../test/support/oci.js";
import { projectRoot } from "../tools/project.js";
import { type BenchProject, withProject } from "./fleet-project.js";
import { takeTurns } from "./rounds.js";
import type { BenchRow } from "./types.js";

const ROUNDS = 2;

/** A layer of programs and one of sources, as tools have them: pushed with either compression, and pulled by a builder without cache. */
export function benchCompression(): Promise<readonly BenchRow[]> {
  return withProject("compression", async (project) => {
    writeContext(project);
    const digests = new Map<Compression, string>();
    const change = (round: number, to: Compression) => {
      const seed = `${to} ${round}`;
      project.write({ "context/programs/seed": bytes(seed, 32), "context/sources/seed": bytes(seed, 32) });
    };
    const push = (to: Compression) => async (round: number) => {
      change(round, to);
      // Without an output: what is timed is compressing, setting times and pushing alone.
      await project.buildctlTime(...context);
      const metadata = path.join(project.root, "metadata.json");
      const output = exportSpec(project.services.registry, to, to);
      const time = await project.buildctlTime(...context, "--output", output, "--metadata-file", metadata);
      digests.set(to, JSON.parse(readFileSync(metadata, "utf8"))["containerimage.digest"]);
      return time;
    };
    const pushed = await takeTurns(ROUNDS, { zstd: push("zstd"), gzip: push("gzip") }, () => project.settled());

    const pull = (from: Compression) => async () => {
      await project.prune();
      project.write({
        "pull/Dockerfile": `FROM scratch\nCOPY --from=${project.services.registry}/candidate/${from}@${digests.get(from)} /programs/seed /\n`,
      });
      return project.buildctlTime(...dockerfileIn("pull"));
    };
    const pulled = await takeTurns(ROUNDS, { zstd: pull("zstd"), gzip: pull("gzip") }, () => project.settled());

    const registry = new Registry(project.services);
    const sizes = await Promise.all(
      compressions.map((each) => sizeOf(registry, `candidate/${each}@${digests.get(each)}`)),
    );
    const notes = compressions.map((each, index) => `${each} ${((sizes[index] ?? 0) / 1e6).toFixed(1)} MB`).join(", ");
    return [
      rowOf("push of programs and sources, compressed with zstd", pushed, notes),
      rowOf("pull of them by a builder without cache", pulled, "unpacked into snapshots, as containerd does it"),
    ];
  });
}

const dockerfileIn = (folder: string) => [
  ...["--frontend", "dockerfile.v0", "--local", `dockerfile=${folder}`, "--local", `context=${folder}`],
];
const context = dockerfileIn("context");

function writeContext(project: BenchProject): void {
  const folder = path.join(project.root, "context");
  mkdirSync(path.join(folder, "programs"), { recursive: true });
  for (const name of ["buildkitd", "pulumi-resource-docker-build"]) {
    cpSync(project.services.toolchain.program(name), path.join(folder, "programs", name));
  }
  for (const name of ["typescript", "@pulumi/pulumi", "@pulumi/kubernetes"]) {
    cpSync(path.join(projectRoot, "node_modules", name), path.join(folder, "sources", name), { recursive: true });
  }
  project.write({ "context/Dockerfile": "FROM scratch\nCOPY programs /programs\nCOPY sources /sources\n" });
}

async function sizeOf(registry: Registry, image: string): Promise<number> {
  const { layers } = JSON.parse(await registry.crane("manifest", registry.at(image))) as { layers: { size: number }[] };
  return layers.reduce((sum, { size }) => sum + size, 0);
}

function rowOf(
  name: string,
  { zstd, gzip }: Awaited<ReturnType<typeof takeTurns<Compression>>>,
  notes: string,
): BenchRow {
  const ratio = zstd.min / gzip.min;
  return {
    name,
    ours: zstd,
    reference: gzip,
    result: `${ratio.toFixed(2)} times gzip`,
    goal: { text: "no slower than gzip", met: ratio <= 1 },
    notes,
  };
}
