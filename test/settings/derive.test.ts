import assert from "node:assert/strict";
import { deriveStack } from "../../domain/settings/derive.js";
import { parseSettings } from "../../domain/settings/parse.js";

const staging = {
  secretsprovider: "awskms://alias/pulumi",
  encryptedkey: "abc",
  config: {
    "factory:registry": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/image-factory",
    "factory:source": "https://github.com/example/images",
    "factory:signingKey": "awskms:///alias/image-factory-staging",
    "factory:verificationKeys": ["keys/staging.pub"],
    "factory:signingWorkflow": "example/images/.github/workflows/build.yml@refs/heads/main",
    "factory:cloud": { account: "111122223333", region: "eu-west-1" },
    "factory:mirrors": [{ registry: "ghcr.io/example" }],
    "factory:builder": "factory",
    "secret:npm-token": { secure: "v1:abc" },
  },
};

function settingsOf(stack: string, config: Readonly<Record<string, unknown>>) {
  const own = Object.fromEntries(Object.entries(config).filter(([key]) => key.startsWith("factory:")));
  const { value, problems } = parseSettings(stack, own, { source: "https://git.example/x" });
  assert.deepEqual(problems, []);
  return value;
}

describe("a stack that takes its settings from another's file", () => {
  it("for a pull request makes no cloud, signs with no key that counts, and releases nothing", () => {
    const derived = deriveStack(staging, { kind: "pull-request" });
    const settings = settingsOf("pr-12", derived.config);
    assert.deepEqual(settings?.release, { kind: "pull-request" });
    assert.equal(settings?.signingKey, ".factory/keys/cosign.key");
    assert.deepEqual(settings?.verificationKeys, [".factory/keys/cosign.pub"]);
    assert.equal(settings?.signingWorkflow, undefined);
    assert.equal("factory:cloud" in derived.config, false);
    assert.deepEqual(settings?.mirrors, []);
    assert.equal(settings?.development, false);
    // Its builds need the same secrets, under the same provider.
    assert.deepEqual(derived.config["secret:npm-token"], { secure: "v1:abc" });
    assert.equal(derived.encryptedkey, "abc");
  });

  it("for a team has its own source and prefix, the same key and workflow, and no secret of ours", () => {
    const derived = deriveStack(staging, { kind: "team", repository: "example/Payments" });
    const settings = settingsOf("staging", derived.config);
    assert.equal(settings?.registry, "111122223333.dkr.ecr.eu-west-1.amazonaws.com/image-factory/payments");
    assert.equal(settings?.source, "https://github.com/example/Payments");
    assert.equal(settings?.signingKey, staging.config["factory:signingKey"]);
    assert.equal(settings?.signingWorkflow, staging.config["factory:signingWorkflow"]);
    assert.doesNotMatch(JSON.stringify(derived), /secure|abc|account/);
  });
});
