import assert from "node:assert/strict";
import { publicAddress, unknownSource } from "../../domain/settings/source.js";

describe("the address of a git remote", () => {
  const rows: readonly (readonly [remote: string, expected: string])[] = [
    ["https://github.com/example/images.git", "https://github.com/example/images"],
    ["https://github.com/example/images", "https://github.com/example/images"],
    ["https://x-access-token:s3cret@github.com/example/images.git", "https://github.com/example/images"],
    ["https://github.com/example/images?token=s3cret", "https://github.com/example/images"],
    ["git@github.com:example/images.git", "https://github.com/example/images"],
    ["ssh://git@git.example.com:2222/team/images.git", "https://git.example.com/team/images"],
    ["git://git.example.com/images/", "https://git.example.com/images"],
    ["https://git.example.com:8443/images.git", "https://git.example.com:8443/images"],
    ["/srv/git/images", unknownSource],
    ["../images", unknownSource],
    ["file:///srv/git/images.git", unknownSource],
    ["C:\\git\\images", unknownSource],
    ["", unknownSource],
  ];
  for (const [remote, expected] of rows) {
    it(`${remote || "(none)"} becomes ${expected}`, () => assert.equal(publicAddress(remote), expected));
  }
});
