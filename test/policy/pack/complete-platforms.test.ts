import { stateFileName } from "../../../domain/state/file-name.js";
import { renderState } from "../../../domain/state/render.js";
import { type ImageState, STATE_SCHEMA } from "../../../domain/state/types.js";
import { compliantInputs, DIGEST, itAccepts, itReports } from "../pack-fixture.js";

const seenForOnePlatform: ImageState = {
  schema: STATE_SCHEMA,
  image: "docker.io/library/busybox:latest",
  kind: "external",
  ledger: [
    { digest: DIGEST, tag: "latest", platforms: ["linux/amd64"], firstSeen: "2026-11-01T00:00:00Z", how: "pin" },
  ],
  updates: [],
  dependents: [],
  attempts: [],
};

const single = { inputs: { platforms: ["linux/amd64"] } };

describe("policy complete-platforms", () => {
  itAccepts([
    { name: "what image.yaml declares", ...single, files: { "images/app/image.yaml": "platforms: [linux/amd64]\n" } },
    {
      name: "what the stack declares",
      ...single,
      files: {
        "Pulumi.local.yaml": "config:\n  factory:registry: 127.0.0.1:5000\n  factory:platforms: [linux/amd64]\n",
      },
    },
  ]);

  itReports([
    {
      name: "a pin that has been seen for one platform only",
      files: {
        "images/app/Dockerfile": `FROM factory.invalid/python\nCOPY --from=busybox@${DIGEST} /a /b\n`,
        [`state/${stateFileName(seenForOnePlatform.image)}`]: renderState(seenForOnePlatform),
      },
      config: { "allowed-registries": { registries: ["127.0.0.1:5000", "docker.io"] } },
      inputs: {
        context: {
          location: "images/app",
          named: {
            "factory.invalid/python": { location: `docker-image://127.0.0.1:5000/python@sha256:${"b".repeat(64)}` },
          },
        },
        labels: { ...compliantInputs.labels, "org.opencontainers.image.base.digest": `sha256:${"b".repeat(64)}` },
      },
      starts: "complete-platforms images/app/Dockerfile:2: ",
      message: /pinned to sha256:a+, which has linux\/amd64 only; the build needs linux\/amd64, linux\/arm64/,
      remedy: /Pin the index/,
    },
    {
      name: "one platform of two",
      ...single,
      starts: "complete-platforms images/app/Dockerfile:3: ",
      message: /built for linux\/amd64; allowed are exactly the declared platforms linux\/amd64, linux\/arm64/,
      remedy: /image\.yaml/,
    },
    {
      name: "no platform at all",
      inputs: { platforms: [] },
      files: { "images/app/image.yaml": "description: x\n" },
      starts: "complete-platforms images/app/image.yaml: ",
      message: /no named platform, so for the builder's own/,
      remedy: /image\.yaml/,
    },
    {
      name: "a fixed platform in the base's own chain",
      files: { "bases/python/Dockerfile": "FROM --platform=linux/amd64 scratch\nUSER 65532\n" },
      starts: "complete-platforms bases/python/Dockerfile:1: ",
      message: /fixed to the platform linux\/amd64/,
      remedy: /Remove `--platform`/,
    },
  ]);
});
