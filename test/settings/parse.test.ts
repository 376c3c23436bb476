import assert from "node:assert/strict";
import { formatPlace } from "../../domain/problems.js";
import { isLoopback } from "../../domain/settings/loopback.js";
import { parseSettings } from "../../domain/settings/parse.js";
import { settingsSchema } from "../../domain/settings/schema.js";

const defaults = { source: "https://example.com/images" };
const registry = "127.0.0.1:5000";

describe("settings", () => {
  it("need a registry, and have defaults for the rest", () => {
    assert.deepEqual(parseSettings("local", { "factory:registry": registry }, defaults), {
      problems: [],
      value: {
        stack: "local",
        registry,
        insecureRegistry: true,
        builder: "factory",
        platforms: ["linux/amd64", "linux/arm64"],
        cache: "off",
        channel: "local",
        release: { kind: "channel" },
        source: "https://example.com/images",
        state: "state",
        evidence: true,
        signingKey: ".factory/keys/cosign.key",
        verificationKeys: [".factory/keys/cosign.pub"],
        builderId: "https://example.com/images/builders/local",
        scan: {
          failOn: "high",
          unfixed: "report",
          scanners: { grype: "block", trivy: "off", snyk: "off", scout: "off" },
          maxAge: 5 * 24 * 60 * 60 * 1000,
        },
        mirrors: [],
        allowedRegistries: [],
        development: true,
        with: [],
        only: [],
      },
    });
  });

  const all = {
    "factory:registry": "registry.example.com/team",
    "factory:insecureRegistry": true,
    "factory:builder": "pool-1",
    "factory:platforms": ["linux/arm64"],
    "factory:cache": "max",
    "factory:channel": "edge",
    "factory:release": "v1.4.2",
    "factory:source": "https://example.com/fork",
    "factory:state": "data/state",
    "factory:evidence": true,
    "factory:signingKey": "awskms:///alias/image-factory",
    "factory:verificationKeys": ["keys/staging.pub"],
    "factory:builderId": "https://example.com/builders/1",
    "factory:scan": {
      failOn: "never",
      unfixed: "fail",
      scanners: { grype: "warn", trivy: "block", snyk: "warn", scout: "off" },
      database: "advisories.tar.gz",
      maxAge: "2w",
    },
    "factory:mirrors": [{ registry: "ghcr.io/example", username: "bot", password: "env:GHCR_TOKEN" }],
    "factory:allowedRegistries": ["docker.io/library", "quay.io"],
    "factory:with": ["cuda"],
    "factory:only": ["python", "web-api"],
  };
  const expected = {
    ...Object.fromEntries(Object.entries(all).map(([key, value]) => [key.replace("factory:", ""), value])),
    release: { kind: "version", version: "v1.4.2" },
    scan: { ...all["factory:scan"], maxAge: 14 * 24 * 60 * 60 * 1000 },
    stack: "staging",
    development: false,
  };

  it("take every value", () =>
    assert.deepEqual(parseSettings("staging", all, defaults), { value: expected, problems: [] }));

  it("are the same from the text that Pulumi hands to programs", () => {
    const texts = Object.entries(all).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    assert.deepEqual(parseSettings("staging", Object.fromEntries(texts), defaults), { value: expected, problems: [] });
  });

  it("leave other namespaces alone", () => {
    const config = { "factory:registry": registry, "secret:npm-token": { secure: "v1:x" }, "aws:region": "eu-west-1" };
    assert.deepEqual(parseSettings("local", config, defaults).problems, []);
  });

  it("keep text that looks like JSON where text is wanted", () => {
    assert.equal(
      parseSettings("local", { "factory:registry": registry, "factory:channel": "true" }, defaults).value?.channel,
      "true",
    );
  });
});

describe("a stack that is not local", () => {
  const problemsOf = (config: Readonly<Record<string, unknown>>) =>
    parseSettings("prod", { "factory:registry": "registry.example.com", ...config }, defaults).problems;

  it("names its keys", () => {
    assert.deepEqual(
      problemsOf({}).map(({ message }) => message),
      ["factory:signingKey is missing.", "factory:verificationKeys is missing."],
    );
  });

  it("finds the public key beside a private one in a file", () => {
    assert.deepEqual(problemsOf({ "factory:signingKey": "keys/prod.key" }), []);
  });

  it("cannot do without evidence", () => {
    const [problem] = problemsOf({ "factory:signingKey": "keys/prod.key", "factory:evidence": false });
    assert.match(problem?.message ?? "", /^factory:evidence is false/);
  });
});

describe("mirrors", () => {
  const rows: Readonly<Record<string, readonly [mirrors: readonly object[], expected: RegExp]>> = {
    "a password in clear": [
      [{ registry: "ghcr.io/example", username: "bot", password: "hunter2" }],
      /mirrors\[0\]\.password is .*not allowed/,
    ],
    "a password without a name": [[{ registry: "ghcr.io/example", password: "env:A" }], /username is missing/],
    "a name without a password": [[{ registry: "ghcr.io/example", username: "bot" }], /password is missing/],
    "the same registry twice": [
      [{ registry: "ghcr.io/example" }, { registry: "ghcr.io/example" }],
      /ghcr\.io\/example stands twice/,
    ],
  };
  for (const [name, [mirrors, expected]] of Object.entries(rows)) {
    it(`are refused with ${name}`, () => {
      const { problems } = parseSettings(
        "local",
        { "factory:registry": registry, "factory:mirrors": mirrors },
        defaults,
      );
      assert.match(problems.map(({ message }) => message).join(), expected);
    });
  }
});

describe("a tag by hand", () => {
  it("is never the channel's", () => {
    const config = { "factory:registry": registry, "factory:channel": "edge", "factory:release": "manual:edge" };
    const { problems } = parseSettings("local", config, defaults);
    assert.deepEqual(
      problems.map(({ message }) => message),
      ['factory:release: the tag "edge" is reserved for the stack\'s channel.'],
    );
  });
});

describe("a stack in the cloud", () => {
  const host = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";
  const cloud = { account: "111122223333", region: "eu-west-1" };
  const whole = {
    "factory:registry": `${host}/factory`,
    "factory:signingKey": "awskms:///alias/image-factory",
    "factory:verificationKeys": ["keys/staging.pub"],
    "factory:cloud": cloud,
  };
  const problemsOf = (changes: Readonly<Record<string, unknown>>, stack = "staging") =>
    parseSettings(stack, { ...whole, ...changes }, defaults).problems.map(({ message }) => message);
  const inCloud = (changes: object) => ({ "factory:cloud": { ...cloud, ...changes } });

  it("needs account and region, and has defaults for the rest", () => {
    assert.deepEqual(parseSettings("staging", whole, defaults).value?.cloud, {
      ...cloud,
      foundationOnly: false,
      consumers: [],
      keepReleases: 100,
      keepDays: 90,
      quarantineDays: 14,
      replicas: [],
      upstreams: {},
    });
  });

  it("needs no public key before it has a key", () => {
    const { "factory:verificationKeys": _, ...keyless } = whole;
    const messages = (changes: object) =>
      parseSettings("staging", { ...keyless, ...changes }, defaults).problems.map(({ message }) => message);
    assert.deepEqual(messages(inCloud({ foundationOnly: true })), []);
    assert.deepEqual(messages({}), ["factory:verificationKeys is missing."]);
  });

  const rows: Readonly<Record<string, readonly [changes: Readonly<Record<string, unknown>>, message: RegExp]>> = {
    "the registry of another account": [
      { "factory:registry": "999988887777.dkr.ecr.eu-west-1.amazonaws.com/factory" },
      /makes its repositories in 111122223333\.dkr\.ecr\.eu-west-1/,
    ],
    "a registry without a prefix": [{ "factory:registry": host }, /without a prefix/],
    "a key in a file": [{ "factory:signingKey": "keys/staging.key" }, /makes a key of KMS/],
    "an account that YAML takes for a number": [
      inCloud({ account: 111122223333 }),
      /account is the number 111122223333/,
    ],
    "a copy in the same region": [inCloud({ replicas: ["eu-west-1"] }), /where the registry itself is/],
    "roles without a workflow that signs": [
      inCloud({ github: { repository: "example/images" } }),
      /factory:signingWorkflow is missing/,
    ],
    "an upstream that asks for credentials": [
      inCloud({ upstreams: { "docker-hub": { registry: "registry-1.docker.io" } } }),
      /is cached with credentials only/,
    ],
    "a secret that ECR may not read": [
      inCloud({
        upstreams: {
          ghcr: { registry: "ghcr.io", credential: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:ghcr-AbCdEf" },
        },
      }),
      /ECR may not read this secret/,
    ],
    "BuildKit by a tag": [
      inCloud({ runners: { context: "a", image: "moby/buildkit:rootless", pools: { amd64: {} } } }),
      /runners\.image is "moby\/buildkit:rootless"/,
    ],
    "two pools for one platform": [
      inCloud({
        runners: {
          context: "a",
          image: `quay.io/b/buildkit@sha256:${"0".repeat(64)}`,
          pools: { amd64: {}, arm64: { platforms: ["linux/amd64"] } },
        },
      }),
      /linux\/amd64 is built by two pools/,
    ],
  };
  for (const [name, [changes, message]] of Object.entries(rows)) {
    it(`refuses ${name}`, () => {
      const [first = "", ...rest] = problemsOf(changes);
      assert.match(first, message);
      assert.deepEqual(rest, []);
    });
  }

  it("is told all its problems at once", () => {
    const github = { repository: "example/images" };
    assert.equal(problemsOf({ "factory:registry": host, ...inCloud({ replicas: ["eu-west-1"], github }) }).length, 3);
  });

  it("is not for the stack `local`", () => {
    assert.match(problemsOf({}, "local").join(), /is set on the stack `local`/);
  });
});

describe("bad settings", () => {
  const allowed = `Allowed keys: ${Object.keys(settingsSchema.shape).join(", ")}.`;
  const rows: readonly (readonly [name: string, config: Readonly<Record<string, unknown>>, expected: string])[] = [
    [
      "no registry",
      { "factory:registry": undefined },
      'factory:registry is missing. | Run `npm run -s pulumi -- config set --stack local factory:registry VALUE`. Write a registry host with port and optional prefix, e.g. "127.0.0.1:5000".',
    ],
    [
      "an unknown key",
      { "factory:registy": "x" },
      `unknown key "factory:registy". | Did you mean "factory:registry"? ${allowed}`,
    ],
    [
      "a registry with scheme",
      { "factory:registry": "https://example.com" },
      'factory:registry is "https://example.com", which is not allowed. | Write a registry host with port and optional prefix, e.g. "127.0.0.1:5000".',
    ],
    [
      "an unknown cache mode",
      { "factory:cache": "on" },
      'factory:cache is "on", which is not allowed. | Allowed: off, min, max.',
    ],
    [
      "text for a boolean",
      { "factory:insecureRegistry": "yes" },
      'factory:insecureRegistry is "yes", but must be true or false. | Write true for a registry without TLS.',
    ],
    [
      "text for a list",
      { "factory:only": "python" },
      'factory:only is "python", but must be a list. | Write a list of image variants, e.g. ["python","web-api"].',
    ],
    [
      "an unknown platform",
      { "factory:platforms": ["linux/aarch64"] },
      'factory:platforms[0] is "linux/aarch64", which is not allowed. | Did you mean "linux/arm64"? Allowed: linux/amd64, linux/arm64, linux/arm/v7, linux/arm/v6, linux/386, linux/ppc64le, linux/riscv64, linux/s390x.',
    ],
    [
      "a channel that looks like a version",
      { "factory:channel": "1.2" },
      'factory:channel: the tag "1.2" is reserved for a version. | Choose a word, e.g. "edge".',
    ],
    [
      "a channel that looks like a build",
      { "factory:channel": "b-1" },
      'factory:channel: the tag "b-1" is reserved for a build. | Choose a word, e.g. "edge".',
    ],
    [
      "a release by a branch",
      { "factory:release": "main" },
      'factory:release: "main" is no event that releases. | Write one of: channel, main@<full commit>, v<major>.<minor>.<patch>, pull-request, manual:<tag>.',
    ],
    [
      "a tag by hand that means something",
      { "factory:release": "manual:latest" },
      'factory:release: the tag "latest" is reserved for the newest release. | Choose a word, e.g. "manual:load-test".',
    ],
    [
      "a source with a password",
      { "factory:source": "https://me:secret@example.com/x" },
      'factory:source: the address holds a user or a password, which every image would show. | Write it without, e.g. "https://github.com/example/images".',
    ],
    [
      "a state folder outside",
      { "factory:state": "../state" },
      "factory:state: it lies outside the project. | Choose a path inside it.",
    ],
    [
      "an absolute state folder",
      { "factory:state": "/var/state" },
      'factory:state is "/var/state", which is not allowed. | Write a folder relative to the project\'s root, e.g. "state".',
    ],
    [
      "an image twice",
      { "factory:only": ["a", "a"] },
      'factory:only[1]: "a" stands twice in the list. | Remove one of the two.',
    ],
  ];
  for (const [name, config, expected] of rows) {
    it(name, () => {
      const { value, problems } = parseSettings("local", { "factory:registry": registry, ...config }, defaults);
      assert.equal(value, undefined);
      assert.deepEqual(
        problems.map(({ place, message, remedy }) => `${formatPlace(place)}: ${message} | ${remedy}`),
        [`Pulumi.local.yaml: ${expected}`],
      );
    });
  }

  it("never show a password that stands in a source", () => {
    const { problems } = parseSettings(
      "local",
      { "factory:registry": registry, "factory:source": "https://me:s3cret@example.com/x" },
      defaults,
    );
    assert.doesNotMatch(JSON.stringify(problems), /s3cret/);
  });
});

describe("a registry on this machine", () => {
  for (const text of ["127.0.0.1:5000", "localhost", "localhost:5000/team", "127.1.2.3", "[::1]:5000"]) {
    it(`is ${text}`, () => assert.ok(isLoopback(text)));
  }
  for (const text of [
    "registry.example.com",
    "localhost.example.com",
    "127.0.0.1.example.com",
    "128.0.0.1",
    "10.0.0.1:5000",
    "[::2]",
  ]) {
    it(`is not ${text}`, () => assert.ok(!isLoopback(text)));
  }
});
