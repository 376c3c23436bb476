import assert from "node:assert/strict";
import { hasRootBelow, mountPointsBelow } from "../../../tools/services/leftovers.js";

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
