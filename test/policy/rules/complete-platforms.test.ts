import { appWith, compliant, itAllows, itFinds } from "../plan-fixture.js";

const amd64 = { nginx: { ...compliant.nginx, platforms: ["linux/amd64"] } };

describe("complete-platforms", () => {
  itAllows([
    { name: "a pin with all platforms", change: {} },
    {
      name: "a single platform for a build of that platform",
      change: { ...amd64, yaml: ["platforms: [linux/amd64]"] },
    },
    {
      name: "the platform that is built, written out",
      change: appWith(4, "FROM --platform=$TARGETPLATFORM factory.invalid/python"),
    },
    {
      name: "a copied stage of a fixed platform",
      change: appWith(1, "FROM --platform=linux/amd64 factory.invalid/python AS build"),
    },
    {
      name: "a copied stage of the builder's platform",
      change: appWith(1, "FROM --platform=$BUILDPLATFORM factory.invalid/python AS build"),
    },
  ]);

  itFinds([
    {
      name: "a single-platform pin for a build of two",
      change: amd64,
      at: "complete-platforms images/app/Dockerfile:7",
      message: /pinned to sha256:b+, which has linux\/amd64 only; the build needs linux\/amd64, linux\/arm64/,
      remedy: /Pin the index/,
    },
    {
      name: "a fixed platform below the image",
      change: appWith(4, "FROM --platform=linux/amd64 factory.invalid/python"),
      at: "complete-platforms images/app/Dockerfile:4",
      message: /is fixed to the platform linux\/amd64, but the image is built for linux\/amd64, linux\/arm64/,
      remedy: /Remove `--platform`/,
    },
    {
      name: "the builder's platform below the image",
      change: appWith(4, "FROM --platform=$BUILDPLATFORM factory.invalid/python"),
      at: "complete-platforms images/app/Dockerfile:4",
      message: /is fixed to the platform \$BUILDPLATFORM/,
      remedy: /Remove `--platform`/,
    },
  ]);
});
