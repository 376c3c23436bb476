import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../tools/machine/run.js";
import { projectRoot } from "../../tools/project.js";

describe("factory refs", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "refs-"));
    writeFileSync(
      join(folder, "Dockerfile"),
      "ARG V=1\nFROM --platform=$BUILDPLATFORM nginx:$V AS web\nFROM img-$TARGETARCH\nCOPY --from=web / /\n",
    );
    writeFileSync(
      join(folder, "Plain"),
      "ARG V=1 OS=x\nFROM --platform=$BUILDPLATFORM nginx:$V AS web\nFROM a-$OS\nCOPY --from=web / /\n",
    );
    writeFileSync(join(folder, "Broken"), "FROM Nginx\n");
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function refs(...args: readonly string[]) {
    return run(process.execPath, [join(projectRoot, "dist/cli/factory.js"), "refs", ...args], { cwd: folder });
  }

  it("prints a table", async () => {
    const { code, stdout, stderr } = await refs("Plain");
    assert.equal(code, 0, stderr);
    assert.equal(
      stdout,
      `PLACE    INSTRUCTION  STAGE  NAME      PLATFORM        RESOLVED
Plain:2  FROM         0      nginx:$V  $BUILDPLATFORM  docker.io/library/nginx:1
Plain:3  FROM         1      a-$OS     -               docker.io/library/a-x:latest
Plain:4  COPY         1      web       -               stage web
`,
    );
  });

  it("prints JSON, of one target and with arguments", async () => {
    const { code, stdout } = await refs("--json", "--target", "WEB", "--arg", "V=2", "Dockerfile");
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), [
      {
        file: "Dockerfile",
        line: 2,
        instruction: "FROM",
        stage: 0,
        name: "nginx:$V",
        platform: "$BUILDPLATFORM",
        kind: "image",
        resolved: "docker.io/library/nginx:2",
      },
    ]);
  });

  it("says why a name is not resolved, and takes the platform's variables as arguments", async () => {
    const [unresolved] = JSON.parse((await refs("--json", "Dockerfile")).stdout).slice(1);
    assert.match(unresolved.reason, /depends on TARGETARCH/);
    const [, resolved] = JSON.parse((await refs("--json", "--arg", "TARGETARCH=arm64", "Dockerfile")).stdout);
    assert.equal(resolved.resolved, "docker.io/library/img-arm64:latest");
  });

  it("exits with 1 and all problems of all files", async () => {
    const { code, stderr } = await refs("Broken", "Missing", "Dockerfile", "--target", "nope");
    assert.equal(code, 1);
    assert.match(stderr, /Broken:1: "Nginx" cannot name an image/);
    assert.match(stderr, /Missing: ENOENT/);
    assert.match(stderr, /Dockerfile: target "nope" is no stage/);
  });

  it("exits with 2 where it is used wrongly", async () => {
    assert.equal((await refs()).code, 2);
    assert.equal((await refs("--arg", "=x", "Dockerfile")).code, 2);
  });
});
