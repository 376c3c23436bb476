import { execFile } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { bytes } from "../test/support/fleet.js";
import { runEngine } from "../tools/engine/run-engine.js";
import { prepareWorkspace, type Workspace } from "../tools/engine/workspace.js";
import { projectRoot } from "../tools/project.js";
import { type BenchProject, withProject } from "./fleet-project.js";
import { stopwatch, takeTurns } from "./rounds.js";
import type { BenchRow } from "./types.js";

const run = promisify(execFile);

const IMAGES = 100;
const CONTEXT_BYTES = 200_000_000;
const ROUNDS = 3;
const SHARE = 1 / 5;

/**
 * Nothing changed, and all Dockerfiles share one big context: our preview against that of a program which hands
 * docker-build the context as it is. Ours is one image with a variant for each target, so all of them have one folder.
 */
export function benchSharedContext(): Promise<readonly BenchRow[]> {
  return withProject("shared", async (project) => {
    writeShared(project);
    await project.update();
    const plain = await plainProgram(project);
    const times = await takeTurns(ROUNDS, {
      ours: () => project.previewTime(),
      plain: () => stopwatch(() => run(plain.pulumi, previewArgs(plain), { cwd: plain.root, env: plain.env })),
    });
    return [
      {
        name: `nothing changed, ${IMAGES} images of one ${CONTEXT_BYTES / 1e6} MB context`,
        ours: times.ours,
        reference: times.plain,
        result: `1/${(times.plain.min / times.ours.min).toFixed(1)} of plain docker-build`,
        goal: { text: "at most a fifth of plain docker-build", met: times.ours.min <= SHARE * times.plain.min },
        notes:
          "pulumi preview without the pack; the other program has one docker-build Image each, and no .dockerignore",
      },
    ];
  });
}

/** An image whose targets copy a file each. */
function writeShared(project: BenchProject): void {
  const targets = Array.from({ length: IMAGES }, (_, index) => `t${index}`);
  const [first, ...others] = targets;
  const stage = (name: string) => `FROM scratch AS ${name}\nCOPY ${name} /payload\nUSER 65532:65532\n`;
  const variants = others.map((name) => `  ${name}:\n    target: ${name}\n`);
  project.write({
    // The last stage is what the unnamed variant builds.
    "bases/shared/Dockerfile": [...others, first ?? ""].map(stage).join("\n"),
    "bases/shared/image.yaml": `platforms: [linux/amd64]\nvariants:\n${variants.join("")}`,
    ...Object.fromEntries(
      targets.map((name) => [`bases/shared/${name}`, bytes(name, Math.floor(CONTEXT_BYTES / IMAGES))]),
    ),
  });
  project.commit();
}

/** The project of `plain-program.ts`, built. */
async function plainProgram(project: BenchProject): Promise<Workspace> {
  const { builder, dataDir, env, registry, toolchain } = project.services;
  const root = path.join(dataDir, "projects", "plain");
  mkdirSync(root);
  for (const folder of ["dist", "node_modules"]) symlinkSync(path.join(projectRoot, folder), path.join(root, folder));
  writeFileSync(path.join(root, "package.json"), '{ "main": "dist/bench/plain-program.js" }\n');
  writeFileSync(
    path.join(root, "Pulumi.yaml"),
    "name: plain\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
  );
  const options = {
    root,
    dataDir: path.join(root, ".factory"),
    pulumi: toolchain.program("pulumi"),
    plugins: {
      "resource-docker-build-v0.0.22": toolchain.program("pulumi-resource-docker-build"),
      "language-nodejs-v3.259.0": path.join(projectRoot, "tools/bin/pulumi-language-nodejs"),
    },
    env,
  };
  const workspace = prepareWorkspace(options, {
    "plain:context": path.join(project.root, "bases/shared"),
    "plain:images": IMAGES,
    "plain:registry": registry,
    "plain:builder": builder,
  });
  const { code, text } = await runEngine(workspace, "up", ["--yes", "--skip-preview"], () => {});
  if (code !== 0) throw new Error(`the plain program ended with exit code ${code}: ${text}`);
  return workspace;
}

function previewArgs({ configFile }: Workspace): readonly string[] {
  return ["preview", "--config-file", configFile, "--non-interactive", "--expect-no-changes"];
}
