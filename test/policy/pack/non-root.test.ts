import { dockerfileWith, itAccepts, itReports } from "../pack-fixture.js";

const remedy = /USER 65532:65532/;

describe("policy non-root", () => {
  itAccepts([{ name: "the user of the base, read from the project's own folder", inputs: {} }]);

  itReports([
    {
      name: "root in the Dockerfile",
      ...dockerfileWith("USER root"),
      starts: "non-root images/app/Dockerfile:5: ",
      message: /USER root is root/,
      remedy,
    },
    {
      name: "a base that runs as root, at the base's own line",
      files: { "bases/python/Dockerfile": "FROM scratch\nUSER 0\n" },
      starts: "non-root bases/python/Dockerfile:2: ",
      message: /USER 0 is root/,
      remedy,
    },
    {
      name: "another target than the last stage",
      files: {
        "images/app/Dockerfile": "FROM factory.invalid/python AS debug\nUSER root\nFROM factory.invalid/python\n",
      },
      inputs: { target: "debug" },
      starts: "non-root images/app/Dockerfile:2: ",
      message: /USER root/,
      remedy,
    },
    {
      name: "an inline Dockerfile",
      inputs: { dockerfile: { inline: "FROM factory.invalid/python\nUSER root" } },
      starts: "non-root inline Dockerfile of app:2: ",
      message: /USER root/,
      remedy,
    },
    {
      name: "a base that the project does not hold",
      files: { "images/app/Dockerfile": "FROM factory.invalid/python:latest\nFROM factory.invalid/ruby\n" },
      inputs: {
        context: {
          location: "images/app",
          named: {
            "factory.invalid/ruby": { location: `docker-image://127.0.0.1:5000/ruby@sha256:${"a".repeat(64)}` },
          },
        },
      },
      starts: "non-root images/app/Dockerfile:2: ",
      message: /factory\.invalid\/ruby is not built here/,
      remedy,
    },
  ]);
});
