import { itAccepts, itReports } from "../pack-fixture.js";

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
