import assert from "node:assert/strict";
import { secretKindOf } from "../../../domain/policy/secrets.js";
import { appWith, compliant, findings, itAllows, itFinds } from "../plan-fixture.js";

const remedy = /RUN --mount=type=secret/;
const token = `ghp_${"x".repeat(36)}`;

describe("no-secret-arguments", () => {
  itAllows([
    ...[
      "TOKENIZERS_PARALLELISM=false",
      "PUBLIC_KEY=abc",
      "DB_PASSWORD_FILE=/run/secrets/db",
      "CACHE_KEY=1",
      "KEYBOARD=us",
    ].map((assignment) => ({ name: `ENV ${assignment}`, change: appWith(5, `ENV ${assignment}`) })),
    {
      name: "a name that the configuration excepts",
      change: { ...appWith(2, "ARG TOKEN"), config: { ...compliant.config, harmlessNames: ["TOKEN"] } },
    },
    {
      name: "a secret in a stage that is not built",
      change: { app: ["FROM scratch AS unused", "ENV PASSWORD=x", ...compliant.app] },
    },
  ]);

  itFinds([
    ...[
      "NPM_TOKEN",
      "DB_PASSWORD=hunter2",
      "apiKey=1",
      "PRIVATE_KEY",
      "AWS_SECRET_ACCESS_KEY",
      "GIT_CREDENTIALS=x",
    ].map((assignment) => ({
      name: `ARG ${assignment}`,
      change: appWith(2, `ARG ${assignment}`),
      at: "no-secret-arguments images/app/Dockerfile:2",
      message: /^ARG \w+ is named like a secret/,
      remedy,
    })),
    {
      name: "the second variable of an ENV",
      change: appWith(5, 'ENV PORT=80 NOTE="a b" REGISTRY_PASSWORD=x'),
      at: "no-secret-arguments images/app/Dockerfile:5",
      message: /^ENV REGISTRY_PASSWORD /,
      remedy,
    },
    {
      name: "an ENV without an equals sign",
      change: appWith(5, "ENV SESSION_SECRET very secret"),
      at: "no-secret-arguments images/app/Dockerfile:5",
      message: /^ENV SESSION_SECRET /,
      remedy,
    },
    {
      name: "a global ARG",
      change: { app: ["ARG GITHUB_TOKEN", ...compliant.app] },
      at: "no-secret-arguments images/app/Dockerfile:1",
      message: /^ARG GITHUB_TOKEN /,
      remedy,
    },
    {
      name: "an argument of a variant",
      change: { yaml: ["variants:", "  debug:", "    args:", "      SIGNING_KEY: abc"] },
      at: "no-secret-arguments images/app/image.yaml:2",
      message: /^build argument SIGNING_KEY /,
      remedy,
    },
    {
      name: "a value that looks like a token, under whatever name",
      change: appWith(5, `ENV NOTE="${token}"`),
      at: "no-secret-arguments images/app/Dockerfile:5",
      message: /^the value of ENV NOTE looks like a GitHub token/,
      remedy,
    },
    {
      name: "a token as the default of a variable",
      change: appWith(2, `ARG NOTE=\${OTHER:-${token}}`),
      at: "no-secret-arguments images/app/Dockerfile:2",
      message: /^the value of ARG NOTE looks like a GitHub token/,
      remedy,
    },
  ]);

  it("never repeats the value", () => {
    const text = JSON.stringify(findings(appWith(5, `ENV NOTE=${token} PASSWORD=hunter2`)));
    assert.match(text, /looks like/);
    assert.doesNotMatch(text, /ghp_|hunter2/);
  });

  for (const [value, kind] of [
    [`AKIA${"A".repeat(16)}`, "an AWS access key"],
    [`glpat-${"a".repeat(20)}`, "a GitLab token"],
    ["-----BEGIN OPENSSH PRIVATE KEY-----", "a private key"],
    ["https://user:pass@example.com/x", "a URL with a password"],
    [`xoxb-${"1".repeat(12)}`, "a Slack token"],
    ["https://example.com:8080/x@y", undefined],
    ["sha256:0123456789abcdef", undefined],
    ["sk-learn", undefined],
  ] as const) {
    it(`sees ${kind ?? "nothing"} in ${value.slice(0, 24)}`, () => assert.equal(secretKindOf(value), kind));
  }
});
