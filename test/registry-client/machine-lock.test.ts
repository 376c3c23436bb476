import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { withMachineLock } from "../../provider/registry/machine-lock.js";

describe("a lock of this machine", () => {
  const name = `test ${process.pid}`;

  it("lets one in at a time", async () => {
    let inside = 0;
    const most: number[] = [];
    const work = async () => {
      inside += 1;
      await new Promise((resolve) => setImmediate(resolve));
      most.push(inside);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 20 }, () => withMachineLock(name, work, undefined)));
    assert.deepEqual(
      most,
      Array.from({ length: 20 }, () => 1),
    );
  });

  it("is free again after a failure", async () => {
    await assert.rejects(
      withMachineLock(name, () => Promise.reject(new Error("no")), undefined),
      /no/,
    );
    assert.equal(await withMachineLock(name, async () => 1, undefined), 1);
  });

  it("is taken from a process that is killed", async () => {
    const child = spawn(process.execPath, [join(__dirname, "hold-lock.js"), name], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    const waiting = withMachineLock(name, async () => "mine", undefined);
    child.kill("SIGKILL");
    assert.equal(await waiting, "mine");
  });

  it("is not waited for by who is cancelled", async () => {
    const controller = new AbortController();
    await withMachineLock(
      name,
      async () => {
        const waiting = withMachineLock(name, () => Promise.reject(new Error("let in")), controller.signal);
        controller.abort(new Error("cancelled"));
        await assert.rejects(waiting, /^Error: cancelled$/);
      },
      undefined,
    );
  });
});
