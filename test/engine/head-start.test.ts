import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { writeGeneratedDockerfiles } from "../../domain/plan/write-dockerfiles.js";
import { aheadOf, startAhead } from "../../tools/rebuild/head-start.js";
import { Registry } from "../support/oci.js";
import { TestProject } from "../support/project.js";
import { trueProgram } from "../support/true-program.js";
import { useServices } from "../support/with-services.js";

const run = promisify(execFile);

interface Steps {
  readonly all: number;
  /** Those that were not in the cache. */
  readonly done: number;
}

describe("a build that begins while the engine starts", () => {
  const services = useServices({ tools: ["crane", "pulumi", "docker-build", "buildx"] });
  let project: TestProject;

  before(async () => {
    project = new TestProject(services(), "ahead");
    project.write({
      "bases/base/Dockerfile":
        'FROM scratch\nCOPY --chmod=755 true /true\nCOPY file /file\nRUN ["/true"]\nUSER 65532:65532\n',
      "bases/base/image.yaml": "platforms: [linux/amd64]\n",
      "images/web/image.yaml": "platforms: [linux/amd64]\n",
      "bases/base/true": trueProgram(),
      "bases/base/file": "1",
      "images/web/Dockerfile": "FROM factory.invalid/base\nCOPY web /web\n",
      "images/web/web": "web\n",
    });
    project.commit();
    assert.equal((await project.up()).code, 0);
  });

  it("is the engine's own: the engine finds its steps done, and nothing was published before", async () => {
    const digest = await new Registry(services()).digest("base:local");
    project.write({ "bases/base/file": "2" });
    const without = await stepsOfBase();

    project.write({ "bases/base/file": "3" });
    const plan = await project.plan();
    await writeGeneratedDockerfiles(project.root, plan);
    const inputs = { registry: services().registry, digests: new Map<string, string>() };
    const second = await new Registry(services()).digest("base:local");
    const before = await builds();
    await startAhead(project.workspace(), plan, new Set(["base"]), inputs);
    assert.equal([...(await builds()).keys()].filter((ref) => !before.has(ref)).length, 1);
    assert.equal(await new Registry(services()).digest("base:local"), second);
    assert.notEqual(second, digest);

    const after = await stepsOfBase();
    // The file's COPY, and the RUN on it.
    assert.ok(without.done - after.done >= 2, JSON.stringify({ without, after }));
    assert.notEqual(await new Registry(services()).digest("base:local"), second);
  });

  it("is left to the engine where it takes a secret, and of more than a few images", async () => {
    const { images } = await project.plan();
    const [base] = images;
    assert.ok(base !== undefined);
    const named = (id: string, secrets: readonly { readonly id: string }[] = []) => {
      return { ...base, id, node: { ...base.node, image: { ...base.node.image, secrets } } } as typeof base;
    };
    const all = [named("a", [{ id: "token" }]), ...["b", "c", "d", "e", "f"].map((id) => named(id))];
    const ready = new Set(["a", "b", "d", "e", "f"]);
    const ids = aheadOf({ images: all }, ready).map(({ id }) => id);
    assert.deepEqual(ids, ["b", "d", "e", "f"]);
  });

  /** Brings the stack up; the steps of the base's build in it, which is the longest. */
  async function stepsOfBase(): Promise<Steps> {
    const before = await builds();
    const { built, text } = await project.up();
    assert.deepEqual(built, ["base", "web"], text);
    const own = [...(await builds())].filter(([ref]) => !before.has(ref)).map(([, steps]) => steps);
    return own.sort((left, right) => right.all - left.all)[0] ?? assert.fail("BuildKit remembers no build");
  }

  /** Each build that BuildKit remembers, by its reference. */
  async function builds(): Promise<ReadonlyMap<string, Steps>> {
    const format = "{{.Record.Ref}} {{.Record.NumTotalSteps}} {{.Record.NumCachedSteps}}";
    const env = { ...process.env, ...services().env };
    const args = ["debug", "histories", "--format", format];
    const { stdout } = await run(services().toolchain.program("buildctl"), args, { env });
    const lines = stdout.split("\n").filter((line) => line !== "");
    return new Map(
      lines.map((line) => {
        const [ref = "", all, cached] = line.split(" ");
        return [ref, { all: Number(all), done: Number(all) - Number(cached) }] as const;
      }),
    );
  }
});
