import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { writeFleet } from "../test/support/fleet.js";
import { evidenceTools } from "../test/support/project.js";
import { stagingProject } from "../test/support/staging.js";
import { type TestServices, withServices } from "../test/support/with-services.js";
import { stopwatch, takeTurns } from "./rounds.js";
import type { BenchRow } from "./types.js";

const run = promisify(execFile);

/** The base of all is one of them. */
const IMAGES = 100;
const ROUNDS = 3;
const SECONDS = 8;
const RESOURCES_AN_IMAGE = 8;

/** What an engineer waits for who looks at a stack with a cloud: stand-ins answer for the clouds' providers, at once. */
export function benchStagingPreview(): Promise<readonly BenchRow[]> {
  return withServices(measure, { tools: evidenceTools });
}

async function measure(services: TestServices): Promise<readonly BenchRow[]> {
  const project = await stagingProject(services, "staging");
  await project.setSecret("github-dispatch", "banana");
  const few = await resourcesWith(1);
  const all = await resourcesWith(IMAGES);
  const each = (all - few) / (IMAGES - 1);
  const { configFile, env, pulumi, root } = project.workspace();
  const preview = (...args: readonly string[]) =>
    stopwatch(() =>
      run(pulumi, ["preview", "--config-file", configFile, "--non-interactive", ...args], {
        cwd: root,
        env,
        maxBuffer: 1 << 28,
      }),
    );
  const times = await takeTurns(ROUNDS, {
    preview: () => preview(),
    pack: () => preview("--policy-pack", "policy-pack"),
  });
  const seconds = times.preview.min / 1000;
  const name = `preview of staging, ${IMAGES} images, nothing there yet`;
  return [
    {
      name,
      ours: times.preview,
      result: `${seconds.toFixed(1)} s, ${each.toFixed(1)} resources an image, ${all} in all`,
      goal: {
        text: `under ${SECONDS} s without the pack, at most ${RESOURCES_AN_IMAGE} resources an image`,
        met: seconds < SECONDS && each <= RESOURCES_AN_IMAGE,
      },
      notes: "from the start of the CLI to its end; stand-ins answer for aws, kubernetes and github",
    },
    { name: "  the same with the policy pack", ours: times.pack, result: "", notes: "" },
  ];

  /** How many resources a preview would make with so many images. */
  async function resourcesWith(images: number): Promise<number> {
    await writeFleet(project.root, {
      images: images - 1,
      baseBytes: 1000,
      imageBytes: 1000,
      platforms: ["linux/amd64"],
    });
    project.commit();
    let creates = 0;
    const { code, text } = await project.preview({
      policyPack: false,
      onEvent: ({ resourcePreEvent }) => {
        if (resourcePreEvent?.metadata.op === "create") creates += 1;
      },
    });
    if (code !== 0) throw new Error(text);
    return creates;
  }
}
