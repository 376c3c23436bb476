import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { endGroup, identify, isAlive, parseStat } from "../../../tools/machine/processes.js";

describe("a process", () => {
  it("is read from /proc whatever its name holds", () => {
    const text = `42 (a) b ) S 1 40 40 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 123456 0 0`;
    assert.deepEqual(parseStat(text), { state: "S", group: 40, startTicks: "123456" });
  });

  it("is told from a later one with its number", () => {
    const own = identify(process.pid);
    assert.ok(own);
    assert.ok(isAlive(own));
    assert.ok(!isAlive({ ...own, started: `${own.started}0` }));
  });

  it("that has ended is not alive, reaped or not", async () => {
    const child = spawn("true");
    await once(child, "exit");
    assert.equal(identify(child.pid ?? 0), undefined);
  });

  it("is ended with its group, even where a member does not want to", async () => {
    const script = "trap '' TERM; (trap '' TERM; while :; do sleep 1; done) & echo $!; while :; do sleep 1; done";
    const leader = spawn("sh", ["-c", script], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
    const [line] = (await once(leader.stdout, "data")) as [Buffer];
    const member = identify(Number(line.toString()));
    assert.ok(member && leader.pid);
    await endGroup(leader.pid, 200);
    assert.ok(!isAlive(member));
    assert.equal(identify(leader.pid), undefined);
  });
});
