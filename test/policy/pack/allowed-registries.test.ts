import { compliantFiles, itAccepts, itReports } from "../pack-fixture.js";

const remedy = /factory:allowedRegistries/;

describe("policy allowed-registries", () => {
  itAccepts([
    {
      name: "what the policy's own configuration allows, instead of the stack's",
      files: { "Pulumi.local.yaml": "config:\n  factory:registry: registry.example.com\n" },
      config: { "allowed-registries": { registries: ["127.0.0.1:5000"] } },
    },
  ]);

  itReports([
    {
      name: "an export to another registry",
      inputs: { exports: [{ raw: 'type=image,"name=ghcr.io/someone/app,127.0.0.1:5000/candidate/app",push=true' }] },
      starts: "allowed-registries images/app/Dockerfile:3: ",
      message: /the build publishes to ghcr\.io\/someone\/app; allowed: 127\.0\.0\.1:5000/,
      remedy,
    },
    {
      name: "an export in the provider's own form",
      inputs: { exports: [{ registry: { names: ["someone/app:latest"] } }] },
      starts: "allowed-registries images/app/Dockerfile:3: ",
      message: /the build publishes to docker\.io\/someone\/app/,
      remedy,
    },
    {
      name: "a tag in another registry",
      inputs: { tags: ["ghcr.io/someone/app:1"] },
      starts: "allowed-registries images/app/Dockerfile:3: ",
      message: /the build publishes to ghcr\.io\/someone\/app/,
      remedy,
    },
    {
      name: "a cache in another registry",
      inputs: { cacheTo: [{ raw: "type=registry,ref=ghcr.io/someone/cache:1,mode=max" }] },
      starts: "allowed-registries images/app/Dockerfile:3: ",
      message: /the build's cache lies in ghcr\.io\/someone\/cache/,
      remedy,
    },
    {
      name: "a registry that the stack's configuration does not name",
      files: {
        ...compliantFiles,
        "Pulumi.local.yaml": "config:\n  factory:registry: 127.0.0.1:5000/team\n",
      },
      inputs: {
        context: { location: "images/app" },
        dockerfile: { inline: "FROM scratch\nUSER 1000\n" },
        exports: [],
        cacheTo: [],
        tags: ["127.0.0.1:5000/other/app"],
      },
      starts: "allowed-registries inline Dockerfile of app:1: ",
      message: /publishes to 127\.0\.0\.1:5000\/other\/app; allowed: 127\.0\.0\.1:5000\/team\./,
      remedy,
    },
  ]);
});
