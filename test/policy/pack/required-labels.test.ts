import { compliantInputs, itAccepts, itReports } from "../pack-fixture.js";

const { "org.opencontainers.image.revision": _, ...withoutRevision } = compliantInputs.labels;

describe("policy required-labels", () => {
  itAccepts([
    {
      name: "other labels that the configuration requires",
      inputs: { labels: { "com.example.team": "a" } },
      config: { "required-labels": { labels: ["com.example.team"] } },
    },
  ]);

  itReports([
    {
      name: "a build without a revision, whatever the Dockerfile says",
      files: {
        "images/app/Dockerfile": "FROM factory.invalid/python\nLABEL org.opencontainers.image.revision=abc\n",
      },
      inputs: { labels: withoutRevision },
      starts: "required-labels images/app/Dockerfile:1: ",
      message: /the label org\.opencontainers\.image\.revision is missing/,
      remedy: /Commit the image's files/,
    },
    {
      name: "the digest of another base",
      inputs: {
        labels: { ...compliantInputs.labels, "org.opencontainers.image.base.digest": `sha256:${"b".repeat(64)}` },
      },
      starts: "required-labels images/app/Dockerfile:3: ",
      message: /says sha256:b+, but FROM is replaced by sha256:a+/,
      remedy: /factory's components/,
    },
  ]);
});
