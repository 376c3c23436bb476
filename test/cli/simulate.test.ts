import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../tools/machine/run.js";
import { projectRoot } from "../../tools/project.js";

describe("factory simulate", () => {
  const folder = mkdtempSync(join(tmpdir(), "simulate-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  function simulate(...args: readonly string[]) {
    return run(process.execPath, [join(projectRoot, "dist/cli/factory.js"), "simulate", ...args], { cwd: folder });
  }

  it("compares delays, and draws them", async () => {
    const small = ["--images", "10", "--days", "30", "--delay", "0,7d", "--chart", "chart.svg"];
    const { code, stdout, stderr } = await simulate(...small);
    assert.equal(code, 0, stderr);
    const policies = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ {2,}/)[0]);
    assert.deepEqual(policies, ["POLICY", "no soak", "7d soak", "7d soak, fast path"]);
    assert.match(readFileSync(join(folder, "chart.svg"), "utf8"), /^<svg .*<\/svg>\n$/s);
    const { stdout: json } = await simulate(...small, "--json");
    assert.deepEqual(
      JSON.parse(json).map((outcome: { policy: string }) => outcome.policy),
      policies.slice(1),
    );
  });

  it("exits with 2 where it is used wrongly", async () => {
    for (const args of [
      ["--delay", "3x"],
      ["--images", "0"],
      ["--days", "many"],
    ]) {
      const { code, stderr } = await simulate(...args);
      assert.equal(code, 2);
      assert.match(stderr, /is invalid\. Write /);
    }
  });
});
