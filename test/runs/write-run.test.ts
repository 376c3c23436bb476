import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { loadRuns } from "../../domain/runs/load-runs.js";
import { formatRunId, runRecord } from "../../domain/runs/record.js";
import { writeRun } from "../../domain/runs/write-run.js";
import { run } from "./examples.js";

describe("the folder of runs", () => {
  const day = 24 * 3_600_000;
  const now = Date.parse("2026-06-01T00:00:00Z");
  let folder: string;

  beforeEach(() => {
    folder = path.join(mkdtempSync(path.join(tmpdir(), "image-factory-runs-")), "runs");
  });
  afterEach(() => rmSync(path.dirname(folder), { recursive: true }));

  const write = (id: string, files: Readonly<Record<string, string>> = { "metrics.json": "{}" }, at = now) =>
    writeRun(folder, id, new Map(Object.entries(files)), at);

  it("keeps each run in a folder of its own, and `latest` is the last one", async () => {
    const [first, second] = [formatRunId(now - 1, "a"), formatRunId(now, "b")];
    await write(first, { "metrics.json": "1", "web/CHANGELOG.md": "x" });
    await write(second, { "metrics.json": "2" });
    assert.deepEqual(readdirSync(folder).sort(), [first, second, "latest"]);
    assert.equal(readFileSync(path.join(folder, first, "web/CHANGELOG.md"), "utf8"), "x");
    assert.equal(readFileSync(path.join(folder, "latest/metrics.json"), "utf8"), "2");
  });

  it("loses what is 90 days old, and what a killed run left half written, and nothing else", async () => {
    const [old, young] = [formatRunId(now - 91 * day, "a"), formatRunId(now - 89 * day, "b")];
    await write(old, undefined, now - 91 * day);
    await write(young, undefined, now - 89 * day);
    mkdirSync(path.join(folder, `.${formatRunId(now - 2 * day, "c")}`));
    mkdirSync(path.join(folder, `.${formatRunId(now - 1, "d")}`));
    writeFileSync(path.join(folder, "notes.txt"), "");
    const id = formatRunId(now, "e");
    await write(id);
    const kept = [`.${formatRunId(now - 1, "d")}`, young, id, "latest", "notes.txt"];
    assert.deepEqual(readdirSync(folder).sort(), kept.sort());
  });

  it("has nothing of a run that could not be written whole, and `latest` stays", async () => {
    const id = formatRunId(now - 1, "a");
    await write(id);
    await assert.rejects(
      write(formatRunId(now, "b"), { "metrics.json": "2", "metrics.json/x": "3" }),
      /ENOTDIR|EEXIST/,
    );
    assert.deepEqual(readdirSync(folder).sort(), [id, "latest"]);
    assert.equal(readlinkSync(path.join(folder, "latest")), id);
  });

  it("shows nothing of a run before all of it is written: whatever ends it, it is whole or not there", async () => {
    const id = formatRunId(now, "a");
    const seen: string[] = [];
    class Watched extends Map<string, string> {
      override *[Symbol.iterator](): MapIterator<[string, string]> {
        for (const entry of this.entries()) {
          yield entry;
          seen.push(...readdirSync(folder));
        }
      }
    }
    const files = new Watched(Object.entries({ "metrics.json": "1", "metrics.prom": "2" }));
    await writeRun(folder, id, files, now);
    assert.deepEqual([...new Set(seen)], [`.${id}`]);
  });

  it("is no folder: that is said, and nothing is written", async () => {
    writeFileSync(folder, "");
    await assert.rejects(write(formatRunId(now, "a")), /ENOTDIR/);
    assert.ok(existsSync(folder));
  });

  it("is read back, oldest first, from a day on", async () => {
    for (const age of [3, 1, 2]) {
      const record = runRecord({ ...run, startedAt: now - age * day, finishedAt: now });
      await write(record.id, { "metrics.json": JSON.stringify(record) });
    }
    const { value, problems } = await loadRuns(folder, now - 2 * day);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      value.map(({ startedAt }) => Date.parse(startedAt)),
      [now - 2 * day, now - day],
    );
  });

  it("names each record that cannot be read, and reads the others", async () => {
    const record = runRecord({ ...run, startedAt: now, finishedAt: now });
    await write(record.id, { "metrics.json": JSON.stringify(record) });
    await write(formatRunId(now, "b"), { "metrics.json": "{" });
    await write(formatRunId(now, "c"), { "metrics.json": JSON.stringify({ ...record, seconds: "long" }) });
    const { value, problems } = await loadRuns(folder, 0);
    assert.equal(value.length, 1);
    assert.deepEqual(problems.map(({ message }) => /seconds|JSON/.exec(message)?.[0]).sort(), ["JSON", "seconds"]);
  });

  it("may not be there yet", async () => assert.deepEqual(await loadRuns(folder, 0), { value: [], problems: [] }));
});
