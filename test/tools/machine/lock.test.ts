import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { withLock } from "../../../tools/machine/lock.js";
import { projectRoot } from "../../../tools/project.js";

describe("a lock", () => {
  const path = join("/nowhere", `lock-${process.pid}`);

  it("lets one after the other in", async () => {
    const events: string[] = [];
    const visit = (name: string) =>
      withLock(path, name, async () => {
        events.push(`${name} in`);
        await new Promise(setImmediate);
        events.push(`${name} out`);
      });
    await Promise.all([visit("a"), visit("b"), visit("c")]);
    for (let at = 0; at < events.length; at += 2) {
      assert.equal(events[at]?.replace(" in", ""), events[at + 1]?.replace(" out", ""));
    }
    assert.equal(events.length, 6);
  });

  it("returns the work's result, and is free again after a failure", async () => {
    await assert.rejects(
      withLock(path, "fails", () => Promise.reject(new Error("broken"))),
      /broken/,
    );
    assert.equal(await withLock(path, "works", () => Promise.resolve(7)), 7);
  });

  it("is free as soon as its holder is killed", async () => {
    const module = pathToFileURL(join(projectRoot, "tools", "bootstrap", "lock.mjs")).href;
    const program = `import { withLock } from ${JSON.stringify(module)};
      await withLock(${JSON.stringify(path)}, "held", () => {}, () => { console.log("held"); return new Promise(() => setInterval(() => {}, 1000)); });`;
    const holder = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(holder.stdout, "data");
    let entered = false;
    const next = withLock(path, "next", async () => {
      entered = true;
    });
    assert.ok(!entered);
    holder.kill("SIGKILL");
    await next;
    assert.ok(entered);
  });
});
