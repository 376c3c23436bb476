import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../tools/machine/run.js";
import { projectRoot } from "../../tools/project.js";
import { ensureToolchain } from "../../tools/toolchain/toolchain.js";

const policies = join(projectRoot, "policy");

describe("the rules in policy/", function () {
  this.timeout("15m");
  let conftest = "";
  let copy = "";

  before(async () => {
    conftest = (await ensureToolchain(["conftest"])).program("conftest");
  });
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), "factory-policy-"));
    cpSync(policies, copy, { recursive: true });
  });
  afterEach(() => rmSync(copy, { recursive: true, force: true }));

  it("are formatted, and pass their own tests", async () => {
    const format = await run(conftest, ["fmt", "--check", policies]);
    assert.deepEqual([format.code, format.stdout], [0, ""]);
    const verify = await run(conftest, ["verify", "--policy", policies]);
    assert.equal(verify.code, 0, verify.stdout);
  });

  for (const file of readdirSync(policies).filter((name) => /(?<!_test)\.rego$/.test(name))) {
    const text = readFileSync(join(policies, file), "utf8");
    const rules = [...text.matchAll(/^deny contains problem if \{\n[\s\S]*?^\}\n/gm)];

    it(`${file} has rules`, () => assert.ok(rules.length > 0));

    for (const [index, { 0: rule }] of rules.entries()) {
      const message = /"msg": (?:sprintf\()?"([^"]*)"/.exec(rule)?.[1];

      it(`${file} has a test that fails without rule ${index + 1}: ${message}`, async () => {
        // A rule that never holds, so that a file's only one is still defined.
        writeFileSync(
          join(copy, file),
          text.replace(rule, () => rule.replace(/\}\n$/, "\tfalse\n}\n")),
        );
        const { code, stdout, stderr } = await run(conftest, ["verify", "--policy", copy]);
        assert.equal(code, 1, stderr);
        assert.match(stdout, /[1-9]\d* failures?/, stderr);
      });
    }
  }
});
