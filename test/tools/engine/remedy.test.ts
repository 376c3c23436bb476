import assert from "node:assert/strict";
import { remedyOf } from "../../../tools/engine/remedy.js";

const rows: readonly (readonly [text: string, remedy: RegExp | undefined])[] = [
  ["failed to solve: mkdir /var/lib/x: no space left on device", /disk is full/],
  ['Head "http://127.0.0.1:5000/v2/": dial tcp 127.0.0.1:5000: connect: connection refused', /npm run doctor/],
  ['Put "http://127.0.0.1:5000/v2/a/manifests/local": EOF', /npm run doctor/],
  ["context deadline exceeded", /npm run doctor/],
  ["error reading from server: EOF\nDetected that pulumi-resource-factory exited prematurely.", /memory ran out/],
  [
    "failed to solve: failed to walk: resolve : lstat /a/buildkit/runc-overlayfs/snapshots/snapshots/3: no such file or directory",
    /Empty it with `buildctl prune --all`/,
  ],
  ["failed to solve: parent snapshot t0b4fx does not exist: not found", /Empty it with `buildctl prune --all`/],
  ['process "/bin/sh -c cat <<EOF" did not complete successfully: exit code: 1', undefined],
  ['failed to calculate checksum of ref a::b: "/payload": not found', undefined],
];

describe("what to do about a fault", () => {
  for (const [text, remedy] of rows) {
    it(`is ${remedy === undefined ? "for the author to see" : "said"}: ${text}`, () => {
      if (remedy === undefined) assert.equal(remedyOf(text), undefined);
      else assert.match(remedyOf(text) ?? "", remedy);
    });
  }
});
