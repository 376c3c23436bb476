import type { Measures } from "../../domain/evidence/measures.js";
import type { EndedImage, EndedRun } from "../../domain/runs/record.js";

export const digestOf = (letter: string) => `sha256:${letter.repeat(64)}`;
export const revision = { commit: "c".repeat(40), epoch: 1_700_000_000, dirty: false };

export const measures: Measures = {
  digest: digestOf("a"),
  build: { startedOn: "2026-01-31T12:00:00.000Z", seconds: 12.5, steps: 10, cachedSteps: 4 },
  platforms: [
    {
      platform: "linux/amd64",
      size: 1000,
      unpackedSize: 3000,
      growth: -10,
      unpackedGrowth: 20,
      tests: { passed: 3, failed: 1, notRun: 2 },
      scan: {
        status: "scanned",
        passed: false,
        scanners: [
          { scanner: "grype", status: "scanned" },
          { scanner: "trivy", status: "skipped" },
        ],
        vulnerabilities: { critical: 0, high: 1, medium: 2, low: 0, negligible: 0, unknown: 0 },
      },
    },
    { platform: "linux/arm64", size: 900, tests: { passed: 0, failed: 0, notRun: 5 } },
  ],
};

export const image: EndedImage = {
  id: "web",
  state: "failed",
  platforms: [],
  seconds: 20,
  revision,
  measures,
};

export const run: EndedRun = {
  stack: "local",
  registry: "127.0.0.1:5000",
  release: "channel",
  commit: "d".repeat(40),
  problems: [{ image: "web", kind: "image", text: "1 finding" }],
  startedAt: Date.parse("2026-01-31T12:00:00.123Z"),
  finishedAt: Date.parse("2026-01-31T12:01:00.123Z"),
  exitCode: 1,
  images: [image],
  unique: "3fa91c",
};
