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

describe("a build that begins while the engine starts", () => {
  const services = useServices({ tools: ["crane", "pulumi", "docker-build", "buildx"] });
  let project: TestProject;

  before(async () => {
    project = new TestProject(services(), "ahead");
    project.write({
      "bases/base/Dockerfile":
        'FROM scratch\nCOPY --chmod=755 true /true\nCOPY file /file\nRUN ["/true"]\nUSER 65532:65532\n',
      "bases/base/true": trueProgram(),
      "bases/base/file": "1",
      "images/web/Dockerfile": "FROM factory.invalid/base\nCOPY web /web\n",
      "images/web/web": "web\n",
    });
    project.commit();
    assert.equal((await project.up()).code, 0);
  });

  it("is the engine's own: the engine finds every step done, and nothing was published before", async () => {
    project.write({ "bases/base/file": "2" });
    const digest = await new Registry(services()).digest("base:local");
    const plan = await project.plan();
    await writeGeneratedDockerfiles(project.root, plan);
    const inputs = { registry: services().registry, digests: new Map<string, string>() };
    const before = await steps();
    await startAhead(project.workspace(), plan, new Set(["base"]), inputs);
    const ahead = [...(await steps())].filter(([ref]) => !before.has(ref));
    assert.deepEqual(
      ahead.map(([, each]) => each.done),
      [3],
      "two COPY and a RUN",
    );
    assert.equal(await new Registry(services()).digest("base:local"), digest);

    const between = await steps();
    const { built } = await project.up();
    assert.deepEqual(built, ["base", "web"]);
    const after = [...(await steps())].filter(([ref]) => !between.has(ref)).map(([, each]) => each);
    assert.deepEqual(after.find(({ all }) => all >= 3)?.done, 0, JSON.stringify(after));
    assert.notEqual(await new Registry(services()).digest("base:local"), digest);
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

  /** Of each build that BuildKit remembers: its steps, and how many it had to do. */
  async function steps(): Promise<ReadonlyMap<string, { readonly all: number; readonly done: number }>> {
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
