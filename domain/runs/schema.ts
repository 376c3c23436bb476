import { z } from "zod";
import { severities } from "../evidence/types.js";
import type { RunRecord } from "./types.js";

const count = z.int().nonnegative();
const revision = z.object({ commit: z.string(), epoch: z.number(), dirty: z.boolean() });

const platformSchema = z.object({
  platform: z.string(),
  size: count.exactOptional(),
  unpackedSize: count.exactOptional(),
  growth: z.int().exactOptional(),
  unpackedGrowth: z.int().exactOptional(),
  tests: z
    .object({ passed: count, failed: count, notRun: count, passRate: z.number().exactOptional() })
    .exactOptional(),
  scan: z
    .object({
      status: z.enum(["passed", "failed", "unscanned"]),
      scanners: z.array(
        z.object({ scanner: z.enum(["grype", "trivy", "snyk", "scout"]), status: z.enum(["scanned", "skipped"]) }),
      ),
      vulnerabilities: z.record(z.enum(severities), count).exactOptional(),
    })
    .exactOptional(),
});

const imageSchema = z.object({
  id: z.string(),
  state: z.enum(["built", "candidate", "proved", "released", "unchanged", "failed", "skipped"]),
  digest: z.string().exactOptional(),
  revision,
  seconds: z.number().exactOptional(),
  build: z.object({
    status: z.enum(["passed", "failed", "unchanged", "skipped"]),
    seconds: z.number().exactOptional(),
    steps: count.exactOptional(),
    cachedSteps: count.exactOptional(),
  }),
  size: count.exactOptional(),
  platforms: z.array(platformSchema),
});

/** `metrics.json`. */
export const runRecordSchema = z.object({
  schema: z.literal(1),
  id: z.string(),
  workflow: z.string().exactOptional(),
  stack: z.string(),
  registry: z.string(),
  release: z.string(),
  commit: z.string(),
  dirty: z.boolean(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  seconds: z.number(),
  status: z.enum(["succeeded", "failed", "interrupted"]),
  images: z.array(imageSchema),
  problems: z.array(z.object({ image: z.string().exactOptional(), kind: z.string(), text: z.string() })),
}) satisfies z.ZodType<RunRecord>;
