import { dockerfileWith, itAccepts, itReports } from "../pack-fixture.js";

describe("policy no-secret-arguments", () => {
  itAccepts([
    {
      name: "a name that the policy's configuration excepts",
      ...dockerfileWith("ENV MONKEY_TOKEN=banana"),
      config: { "no-secret-arguments": { harmlessNames: ["MONKEY_TOKEN"] } },
    },
  ]);

  itReports([
    {
      name: "an ENV",
      ...dockerfileWith("ENV MONKEY_TOKEN=banana"),
      starts: "no-secret-arguments images/app/Dockerfile:5: ",
      message: /^(?!.*banana).*ENV MONKEY_TOKEN is named like a secret/,
      remedy: /--mount=type=secret/,
    },
    {
      name: "a build argument of the resource that the Dockerfile does not name",
      inputs: { buildArgs: { GITHUB_TOKEN: "banana" } },
      starts: "no-secret-arguments images/app/Dockerfile:3: ",
      message: /^(?!.*banana).*build argument GITHUB_TOKEN is named like a secret/,
      remedy: /--mount=type=secret/,
    },
  ]);
});
