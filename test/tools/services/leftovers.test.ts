import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { identify, readProc } from "../../../tools/machine/processes.js";
import { run } from "../../../tools/machine/run.js";
import { endLeftovers, hasRootBelow, MARKER, mountPointsBelow } from "../../../tools/services/leftovers.js";
import { ensureToolchain } from "../../../tools/toolchain/toolchain.js";

const mountinfo = `22 1 254:1 / / rw,relatime - ext4 /dev/vda rw
95 22 0:41 / /data/one/buildkit/runc-overlayfs/executor/x/rootfs rw - overlay overlay rw,lowerdir=/data/one/buildkit/a
96 95 0:42 / /data/one/buildkit/runc-overlayfs/executor/x/rootfs/dev rw - tmpfs tmpfs rw
97 22 0:43 / /data/one/buildkit\\040two/rootfs rw - tmpfs tmpfs rw
98 22 0:44 / /data/one/buildkit-other/rootfs rw - tmpfs tmpfs rw
`;

describe("what a killed service left mounted", () => {
  it("is found below its data only, the deepest first", () => {
    assert.deepEqual(mountPointsBelow("/data/one/buildkit", mountinfo), [
      "/data/one/buildkit/runc-overlayfs/executor/x/rootfs/dev",
      "/data/one/buildkit/runc-overlayfs/executor/x/rootfs",
    ]);
  });

  it("is found where a path holds white space", () => {
    assert.deepEqual(mountPointsBelow("/data/one/buildkit two", mountinfo), ["/data/one/buildkit two/rootfs"]);
  });
});

describe("a build container", () => {
  const container = `120 80 0:41 / / rw - overlay overlay rw,lowerdir=/data/one/buildkit/snapshots/1/fs:/data/one/buildkit/2
121 120 0:50 / /proc rw - proc proc rw`;

  it("is known by its root", () => assert.ok(hasRootBelow("/data/one/buildkit", container)));
  it("of another data folder is left alone", () => assert.ok(!hasRootBelow("/data/one/build", container)));
  it("is not what merely sees the mounts", () => assert.ok(!hasRootBelow("/data/one/buildkit", mountinfo)));
});

describe("ending what a killed service left", () => {
  let data = "";
  const started: ChildProcess[] = [];
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), "leftovers-"));
  });
  afterEach(() => {
    for (const child of started.splice(0)) child.kill("SIGKILL");
    rmSync(data, { recursive: true });
  });
  const start = (program: string, args: readonly string[], marker?: string) => {
    const env = { ...process.env, ...(marker === undefined ? {} : { [MARKER]: marker }) };
    const child = spawn(program, args, { env, stdio: ["ignore", "ignore", "pipe"], detached: true });
    started.push(child);
    return child;
  };
  const lives = (child: ChildProcess) => identify(child.pid ?? 0) !== undefined;

  it("ends what carries its marker, and nothing else", async () => {
    const own = start("sleep", ["1000"], "mine");
    const other = start("sleep", ["1000"], "mine too");
    const stranger = start("sleep", ["1000"]);
    await Promise.all([own, other, stranger].map((child) => once(child, "spawn")));
    await endLeftovers("mine", data);
    assert.deepEqual([own, other, stranger].map(lives), [false, true, true]);
  });

  it("ends what has its root in the data folder, as a build step has, and unmounts", async () => {
    const { program } = await ensureToolchain(["crane"]);
    const [lower, empty, root] = ["lower", "empty", "root"].map((name) => join(data, name));
    for (const folder of [lower, empty, root]) mkdirSync(folder ?? "");
    cpSync(program("crane"), join(data, "lower", "crane"));
    const overlay = `mount -t overlay overlay -o lowerdir=${lower}:${empty} ${root}`;
    assert.equal((await run("sh", ["-c", overlay])).code, 0);
    const step = start("unshare", [
      "--mount",
      "sh",
      "-c",
      `umount ${root} && ${overlay} && exec chroot ${root} /crane registry serve`,
    ]);
    assert.ok(step.stderr);
    await once(step.stderr, "data");
    assert.ok(lives(step));
    await endLeftovers("nobody", data);
    assert.ok(!lives(step));
    assert.deepEqual(mountPointsBelow(data, readProc("/proc/self/mountinfo") ?? ""), []);
  });
});
