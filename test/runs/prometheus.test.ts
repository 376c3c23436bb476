import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { renderPrometheus } from "../../domain/runs/prometheus.js";
import { runRecord } from "../../domain/runs/record.js";
import { pythonPackages } from "../support/python-packages.js";
import { image, run } from "./examples.js";

/** Prometheus' own parser for Python; it prints families as JSON. */
const program = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families
for text in json.load(sys.stdin):
    print(json.dumps([[f.name, f.type, f.documentation, [[s.name, s.labels, s.value, s.timestamp] for s in f.samples]] for f in text_string_to_metric_families(text)]))
`;

type Family = readonly [name: string, type: string, help: string, samples: readonly Sample[]];
type Sample = readonly [name: string, labels: Readonly<Record<string, string>>, value: number, time: unknown];

describe("metrics.prom", () => {
  let folder: string;

  before(async () => {
    folder = await pythonPackages(["prometheus-client==0.23.1"]);
  });

  function parse(...texts: readonly string[]): readonly (readonly Family[])[] {
    const { status, stdout, stderr } = spawnSync("python3", ["-c", program], {
      env: { ...process.env, PYTHONPATH: folder },
      input: JSON.stringify(texts),
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    return stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  }

  it("says what the record says, in base units, to Prometheus' own parser", () => {
    const [families = []] = parse(renderPrometheus(runRecord(run)));
    const samples = families.flatMap(([, , , list]) => list);
    const value = (name: string, labels: object) =>
      samples.find(([found, own]) => {
        const wanted = { stack: "local", ...labels };
        return found === `image_factory_${name}` && JSON.stringify({ ...own, ...wanted }) === JSON.stringify(own);
      })?.[2];
    const platform = { image: "web", platform: "linux/amd64" };
    const rows: readonly (readonly [name: string, labels: object, value: number | undefined])[] = [
      ["run_info", { run: "20260131T120000123Z-3fa91c", commit: run.commit, release: "channel" }, 1],
      ["run_timestamp_seconds", {}, 1_769_860_860.123],
      ["run_duration_seconds", {}, 60],
      ["run_success", {}, 0],
      ["image_success", { image: "web" }, 0],
      ["image_duration_seconds", { image: "web" }, 20],
      ["build_duration_seconds", { image: "web" }, 12.5],
      ["build_steps", { image: "web", result: "cached" }, 4],
      ["build_steps", { image: "web", result: "executed" }, 6],
      ["image_size_bytes", { ...platform, form: "compressed" }, 1000],
      ["image_size_bytes", { ...platform, form: "unpacked" }, 3000],
      ["image_growth_bytes", { ...platform, form: "compressed" }, -10],
      ["image_vulnerabilities", { ...platform, severity: "high" }, 1],
      ["scan_success", platform, 0],
      ["image_tests", { ...platform, result: "not_run" }, 2],
      ["image_test_pass_ratio", platform, 0.75],
      ["image_test_pass_ratio", { ...platform, platform: "linux/arm64" }, undefined],
      ["scan_success", { ...platform, platform: "linux/arm64" }, undefined],
    ];
    for (const [name, labels, expected] of rows) {
      assert.equal(value(name, labels), expected, `${name} ${JSON.stringify(labels)}`);
    }
    for (const [name, type, help, list] of families) {
      assert.equal(type, "gauge", name);
      assert.notEqual(help, "", name);
      // node_exporter refuses samples with a time of their own.
      assert.ok(list.every(([, , , time]) => time === null));
    }
  });

  it("has each family and each series once, and no series of nothing", () => {
    const [families = []] = parse(renderPrometheus(runRecord({ ...run, images: [image, { ...image, id: "api" }] })));
    const names = families.map(([name]) => name);
    assert.equal(new Set(names).size, names.length);
    const series = families.flatMap(([, , , list]) => list.map(([name, labels]) => JSON.stringify([name, labels])));
    assert.equal(new Set(series).size, series.length);
    assert.ok(families.every(([, , , list]) => list.length > 0));
  });

  it("carries any text in its labels", () => {
    const texts = fc.sample(fc.string({ unit: fc.constantFrom("a", "\\", '"', "\n", "n", "{", "}", "=", "ü") }), 100);
    const rendered = texts.map((release) => renderPrometheus(runRecord({ ...run, release })));
    const found = parse(...rendered).map((families) => families[0]?.[3][0]?.[1].release);
    assert.deepEqual(found, texts);
  });
});
