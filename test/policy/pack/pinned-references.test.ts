import { compliantInputs, DIGEST, itAccepts, itReports } from "../pack-fixture.js";

const python = "factory.invalid/python";
const context = (location: string) => ({ context: { location: "images/app", named: { [python]: { location } } } });
const twoReferences = "FROM factory.invalid/python\nCOPY --from=busybox:1.37 /bin/sh /bin/\n";

describe("policy pinned-references", () => {
  itAccepts([
    {
      name: "a name of another form for the same image",
      inputs: {
        context: { location: "images/app", named: { [`${python}:latest`]: compliantInputs.context.named[python] } },
      },
    },
    {
      name: "a digest that the Dockerfile itself names",
      files: { "images/app/Dockerfile": `FROM factory.invalid/python\nCOPY --from=busybox@${DIGEST} /a /b\n` },
      config: { "allowed-registries": { registries: ["127.0.0.1:5000", "docker.io/library"] } },
    },
  ]);

  itReports([
    {
      name: "a named context without a digest",
      files: { "images/app/Dockerfile": "FROM factory.invalid/python\n" },
      inputs: context("docker-image://127.0.0.1:5000/python:latest"),
      starts: "pinned-references images/app/Dockerfile:1: ",
      message: /is replaced by docker-image:\/\/127\.0\.0\.1:5000\/python:latest, which can move/,
      remedy: /factory pin/,
    },
    {
      name: "a reference without a named context",
      files: { "images/app/Dockerfile": twoReferences },
      starts: "pinned-references images/app/Dockerfile:2: ",
      message: /busybox:1\.37 is not pinned/,
      remedy: /factory pin docker\.io\/library\/busybox:1\.37/,
    },
    {
      name: "a frontend by tag, although a named context has its name",
      files: { "images/app/Dockerfile": "# syntax=docker/dockerfile:1\nFROM factory.invalid/python\n" },
      inputs: {
        context: {
          location: "images/app",
          named: {
            ...compliantInputs.context.named,
            "docker/dockerfile:1": { location: `docker-image://127.0.0.1:5000/docker/dockerfile@${DIGEST}` },
          },
        },
      },
      starts: "pinned-references images/app/Dockerfile:1: ",
      message: /docker\/dockerfile:1 is not pinned/,
      remedy: /Remove the `# syntax=` line/,
    },
    {
      name: "a git branch as context",
      inputs: {
        context: { ...compliantInputs.context, location: "https://example.com/app.git#main" },
      },
      starts: "pinned-references images/app/Dockerfile:3: ",
      message: /the build context is read from https:\/\/example\.com\/app\.git#main/,
      remedy: /full commit hash/,
    },
    {
      name: "a floating context that no reference accounts for",
      inputs: {
        context: {
          location: "images/app",
          named: { ...compliantInputs.context.named, data: { location: "https://example.com/data.tar" } },
        },
      },
      starts: "pinned-references images/app/Dockerfile:3: ",
      message: /data is read from https:\/\/example\.com\/data\.tar/,
      remedy: /local folder/,
    },
    {
      name: "a stage that a named context replaces",
      inputs: {
        context: {
          location: "images/app",
          named: { ...compliantInputs.context.named, build: { location: "images/app" } },
        },
      },
      starts: "pinned-references images/app/Dockerfile:1: ",
      message: /the stage build is replaced by a named context/,
      remedy: /another name/,
    },
  ]);
});
