import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, watch } from "node:fs";
import path from "node:path";
import { engineProcesses } from "../../tools/engine/claim.js";
import { readProc } from "../../tools/machine/processes.js";
import { TestProject } from "../support/project.js";
import { useServices } from "../support/with-services.js";

const ids = ["a", "b", "c"];

describe("an engine killed in the middle of an up", () => {
  const services = useServices({ tools: ["crane", "pulumi", "docker-build"] });
  let project: TestProject;

  before(() => {
    project = new TestProject(services(), "killed");
    for (const id of ids) {
      project.write({
        [`images/${id}/Dockerfile`]: `FROM scratch\nCOPY content /content\nUSER 65532:65532\n`,
        [`images/${id}/image.yaml`]: "platforms: [linux/amd64]\n",
        [`images/${id}/content`]: id,
      });
    }
    project.commit();
  });

  it("leaves nothing running after the next run, which takes up its work and releases every image", async () => {
    const workspace = project.workspace();
    let killed = 0;
    // A builder that stands still keeps the engine in the middle until it is killed.
    const { buildkitd } = services().pids;
    process.kill(buildkitd, "SIGSTOP");
    const folder = path.dirname(workspace.stateFile);
    mkdirSync(folder, { recursive: true });
    const watcher = watch(folder, () => {
      if (killed !== 0 || !hasPendingImage(workspace.stateFile)) return;
      killed = engineProcesses(workspace).find((pid) => readProc(`/proc/${pid}/comm`)?.trim() === "pulumi") ?? 0;
      assert.notEqual(killed, 0, "no engine runs");
      process.kill(killed, "SIGKILL");
    });
    const first = await project.up().finally(() => {
      watcher.close();
      process.kill(buildkitd, "SIGCONT");
    });
    assert.notEqual(first.code, 0);
    assert.notEqual(killed, 0);

    const second = await project.up();
    assert.equal(second.code, 0, second.text);
    assert.match(second.text, new RegExp(`Lifted the lock of an engine that was killed \\(pid ${killed}\\)`));
    assert.match(second.text, /Forgot \d+ operations? that a killed engine had begun/);
    assert.deepEqual(
      second.images.map(({ id, digest }) => [id, digest !== undefined]),
      ids.map((id) => [id, true]),
    );
    assert.deepEqual(engineProcesses(workspace), []);

    const third = await project.up();
    assert.deepEqual([third.code, third.built], [0, []]);
  });

  it("keeps others out while it lives, and says who it is", async () => {
    let refused: unknown;
    const tryToo = async () => {
      refused ??= await project.up().catch((error: unknown) => error);
    };
    const running: Promise<void>[] = [];
    const { code } = await project.up({
      onEvent: () => {
        if (running.length === 0) running.push(tryToo());
      },
    });
    await Promise.all(running);
    assert.equal(code, 0);
    assert.match(String(refused), new RegExp(`process ${process.pid} is at work on this stack`));
  });
});

/** Whether the engine has written down that it began to create an Image. */
function hasPendingImage(stateFile: string): boolean {
  return (
    existsSync(stateFile) && /"pending_operations":.*docker-build:index:Image/s.test(readFileSync(stateFile, "utf8"))
  );
}
