import { itAccepts, itReports } from "../pack-fixture.js";

const until = (expires: string) => ({
  "images/app/image.yaml": `network:\n  reason: no archive\n  expires: ${expires}\n`,
});

describe("policy no-network", () => {
  itAccepts([{ name: "an exception", files: until("2026-12-31"), inputs: { network: "default" } }]);

  itReports([
    {
      name: "a build that says nothing of its network",
      inputs: { network: "" },
      starts: "no-network images/app/Dockerfile:3: ",
      message: /built with the network default; allowed is none/,
      remedy: /image\.yaml/,
    },
    {
      name: "the host's network under an exception",
      files: until("2026-12-31"),
      inputs: { network: "host" },
      starts: "no-network images/app/image.yaml: ",
      message: /the network host/,
      remedy: /factory lock/,
    },
    {
      name: "an exception that has ended",
      files: until("2026-11-20"),
      starts: "no-network images/app/image.yaml:1: ",
      message: /ended on 2026-11-20; today is 2026-11-21/,
      remedy: /Remove the exception/,
    },
    {
      name: "another image's exception, for a Dockerfile that is not that image's",
      files: until("2026-12-31"),
      inputs: {
        network: "default",
        dockerfile: { inline: "FROM factory.invalid/python\nRUN curl https://example.com/\n" },
      },
      starts: "no-network inline Dockerfile of app:1: ",
      message: /the network default/,
      remedy: /image\.yaml/,
    },
  ]);
});
