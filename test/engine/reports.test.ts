import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Changelog } from "../../domain/changelog/types.js";
import { valueOrThrow } from "../../domain/problems.js";
import type { RollbackManifest } from "../../domain/rollback/manifest.js";
import { runRecordSchema } from "../../domain/runs/schema.js";
import type { RunRecord } from "../../domain/runs/types.js";
import { loadSettings } from "../../domain/settings/load.js";
import { readEvents } from "../../tools/reports/read-events.js";
import { type RecordedRun, recordRun } from "../../tools/reports/record-run.js";
import { Registry } from "../support/oci.js";
import { evidenceTools, TestProject } from "../support/project.js";
import { trueProgram } from "../support/true-program.js";
import { useServices } from "../support/with-services.js";

describe("the reports of a run", () => {
  const services = useServices({ tools: evidenceTools });
  let project: TestProject;
  let registry: Registry;
  let first: string;

  before(() => {
    registry = new Registry(services());
    project = new TestProject(services(), "reported", { evidence: true });
    project.write({
      "bases/base/Dockerfile": "FROM scratch\nCOPY true /true\nUSER 65532:65532\n",
      "bases/base/true": trueProgram(),
      "images/web/Dockerfile": "FROM factory.invalid/base\nCOPY app /app\n",
      "images/web/image.yaml": "growthBudget: { absolute: 1MB, relative: 5% }\n",
      "images/web/app/content": "1\n",
    });
    chmodSync(path.join(project.root, "bases/base/true"), 0o755);
    project.commit();
  });

  it("have all figures of the first release, which has nothing to go back to", async () => {
    const { record, manifest, changelog } = await up();
    first = await registry.digest("web:local");
    assert.equal(record.status, "succeeded");
    assert.equal(record.commit, project.git("rev-parse", "HEAD"));
    const web = record.images.find(({ id }) => id === "web");
    assert.deepEqual([web?.state, web?.digest, web?.build.status], ["built", first, "passed"]);
    const { seconds = 0, steps = 0, cachedSteps = -1 } = web?.build ?? {};
    assert.ok(seconds > 0 && steps > 0 && cachedSteps >= 0 && cachedSteps <= steps, JSON.stringify(web?.build));
    assert.deepEqual(
      web?.platforms.map(({ platform }) => platform),
      ["linux/amd64", "linux/arm64"],
    );
    for (const { size = 0, unpackedSize = 0, tests, scan } of web?.platforms ?? []) {
      assert.ok(size > 0 && unpackedSize > size / 2, `${size} ${unpackedSize}`);
      assert.equal(tests?.passRate, 1);
      assert.equal(scan?.status, "passed");
      assert.equal(scan?.vulnerabilities?.high, 0);
    }
    assert.match(read("metrics.prom"), /^image_factory_run_success\{stack="local"\} 1$/m);
    const entry = manifest.images.find(({ image }) => image === "web");
    assert.deepEqual([entry?.current, entry?.previous, entry?.command], [first, undefined, undefined]);
    assert.match(entry?.reason ?? "", /no earlier release/);
    assert.match(changelog, /The first release\./);
  });

  it("say what grew beyond its budget, of an image that was built and not released", async () => {
    const library = { name: "factory-added", version: "1.2.3", license: "MIT", author: "Example" };
    project.write({
      "images/web/app/node_modules/factory-added/package.json": JSON.stringify(library),
      "images/web/app/node_modules/factory-added/data.bin": randomBytes(200_000),
    });
    commit("Add a library");
    const { record, troubles } = await up(false);
    assert.match(
      troubles,
      /linux\/arm64, size: the image has .* larger than the last release; its growth budget allows .*What grew: `COPY app \/app` \+.*In them, unpacked: npm package factory-added \+0\.2 MB/,
    );
    const web = record.images.find(({ id }) => id === "web");
    assert.deepEqual([record.status, web?.state, web?.build.status], ["failed", "failed", "passed"]);
    assert.ok((web?.platforms[0]?.growth ?? 0) > 100_000);
    assert.equal(await registry.digest("web:local"), first);
  });

  it("name the release before, by a command that goes back to it, and what changed since", async () => {
    project.write({ "images/web/image.yaml": "growthBudget: { absolute: 1MB }\n" });
    commit("Allow for it");
    const { changelog, manifest } = await up();
    const second = await registry.digest("web:local");
    const entry = manifest.images.find(({ image }) => image === "web");
    assert.deepEqual([entry?.current, entry?.previous], [second, first]);

    assert.match(changelog, /\| added \| npm \| factory-added \| +\| 1\.2\.3 \| +\| linux\/amd64, linux\/arm64 \|/);
    const { commits, previous } = JSON.parse(read("web/changelog.json")) as Changelog;
    assert.equal(previous, first);
    assert.deepEqual(
      commits.map(({ subject, images }) => [subject, images]),
      [
        ["Allow for it", ["web"]],
        ["Add a library", ["web"]],
      ],
    );

    assert.match(factory(entry?.command ?? ""), /web: .*local.* back to sha256/);
    assert.equal(await registry.digest("web:local"), first);
  });

  it("know of a rollback, and keep what the last run verified of all others", async () => {
    const before = JSON.parse(read("rollback-manifest.json")) as RollbackManifest;
    const { manifest, record } = await up();
    assert.ok(record.images.every(({ state }) => state === "unchanged" || state === "released"));
    const [base, web] = ["base", "web"].map((id) => manifest.images.find(({ image }) => image === id));
    assert.deepEqual([web?.current, web?.previous], [first, undefined]);
    assert.match(web?.reason ?? "", /it is rolled back since/);
    assert.equal(base?.current, before.images.find(({ image }) => image === "base")?.current);
  });

  it("that cannot be written are told after the release, and leave nothing half", async () => {
    const runs = path.join(project.root, ".factory/runs");
    rmSync(runs, { recursive: true });
    writeFileSync(runs, "");
    const { recorded } = await upAndRecord();
    assert.equal(recorded.id, undefined);
    assert.match(recorded.troubles.map(({ text }) => text).join(), /runs: this run is not recorded: .*ENOTDIR/);
    assert.equal(readFileSync(runs, "utf8"), "");
  });

  function commit(message: string): void {
    project.git("add", "--all");
    project.git("commit", "--quiet", "--message", message);
  }

  function read(name: string): string {
    return readFileSync(path.join(project.root, ".factory/runs/latest", name), "utf8");
  }

  /** Runs a command line that starts with `npx factory`, as somebody who copies it from the manifest. */
  function factory(line: string): string {
    const [npx, name, ...args] = line.split(" ");
    assert.deepEqual([npx, name], ["npx", "factory"]);
    // The project's `dist` is a link: the program has to take the project for its own.
    const links = ["--preserve-symlinks", "--preserve-symlinks-main"];
    const program = path.join(project.root, "dist/cli/factory.js");
    return execFileSync(process.execPath, [...links, program, ...args], { cwd: project.root, encoding: "utf8" });
  }

  async function upAndRecord(): Promise<{ readonly recorded: RecordedRun; readonly troubles: string }> {
    const settings = valueOrThrow("the settings", await loadSettings(project.root, "local"));
    const plan = await project.plan();
    const { text } = await project.up();
    const ids = plan.images.map(({ id }) => id);
    const events = readEvents(text, ids);
    assert.ok(events !== undefined, text);
    const { outcome, ...times } = events;
    const { images, troubles } = outcome;
    const recorded = await recordRun({ root: project.root, settings, plan, images, troubles, ...times });
    return { recorded, troubles: troubles.map((trouble) => trouble.text).join("\n") };
  }

  async function up(succeeds = true) {
    const { recorded, troubles } = await upAndRecord();
    if (succeeds) assert.deepEqual([troubles, recorded.troubles], ["", []]);
    const record: RunRecord = runRecordSchema.parse(JSON.parse(read("metrics.json")));
    assert.equal(record.id, recorded.id);
    const manifest = JSON.parse(read("rollback-manifest.json")) as RollbackManifest;
    const changelog = succeeds && record.images.some(({ state }) => state === "built") ? read("web/CHANGELOG.md") : "";
    return { record, manifest, changelog, troubles };
  }
});
