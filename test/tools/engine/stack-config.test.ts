import assert from "node:assert/strict";
import { privateStackFile, saltOf, secretKeys } from "../../../tools/engine/stack-config.js";

const committed = "# why\nconfig:\n  factory:registry: 127.0.0.1:5000\n  factory:platforms: [linux/amd64]\n";
const before = [
  "encryptionsalt: v1:old",
  "config:",
  "  factory:registry: elsewhere:5000",
  "  factory:channel: edge",
  "  secret:token:",
  "    secure: v1:a:b",
  "  secret:nested:",
  "    inner:",
  "      secure: v1:c:d",
].join("\n");

describe("the private stack file", () => {
  it("is the committed one with the salt, the secrets that it had, and this run's settings", () => {
    assert.equal(
      privateStackFile(committed, before, "v1:salt", { "factory:only": ["python"] }),
      `# Made from the committed stack file at every run; secrets and their salt are kept only here.
encryptionsalt: v1:salt
config:
  factory:registry: 127.0.0.1:5000
  factory:platforms:
    - linux/amd64
  secret:token:
    secure: v1:a:b
  secret:nested:
    inner:
      secure: v1:c:d
  factory:only:
    - python
`,
    );
  });

  it("is made of nothing but a salt where there are no files yet", () => {
    const text = privateStackFile("", "", "v1:salt");
    assert.equal(saltOf(text), "v1:salt");
    assert.deepEqual(secretKeys(text), []);
  });

  it("made again from itself stays as it is", () => {
    const once = privateStackFile(committed, before, "v1:salt");
    assert.equal(privateStackFile(committed, once, "v1:salt"), once);
  });
});
