import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StandInProvider } from "../support/stand-in/provider.js";
import { World } from "../support/stand-in/world.js";

const urn = (type: string, name = "it") => `urn:pulumi:staging::test::factory:cloud:Parent$${type}::${name}`;
const REPOSITORY = urn("aws:ecr/repository:Repository");
const POD = urn("kubernetes:core/v1:Pod");

describe("a stand-in provider", () => {
  let folder: string;
  let world: World;
  const provider = (sdk: string) => new StandInProvider(sdk, world);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "world-"));
    world = new World(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const image = { name: "web", image: "example.com/web@sha256:1" };
  const refused: Readonly<Record<string, readonly [sdk: string, urn: string, inputs: object, failure: RegExp]>> = {
    "an unknown property": ["aws", REPOSITORY, { imageTagMutabilty: "IMMUTABLE" }, /^imageTagMutabilty is no property/],
    "an unknown property far inside": [
      "kubernetes",
      POD,
      { metadata: { name: "web" }, spec: { containers: [{ ...image, imagePullpolicy: "Always" }] } },
      /^spec\.containers\[0\]\.imagePullpolicy is no property/,
    ],
    "text where an object is wanted": [
      "aws",
      REPOSITORY,
      { imageScanningConfiguration: "yes" },
      /^imageScanningConfiguration is "yes", and has to be an object/,
    ],
    "an object where a list is wanted": [
      "aws",
      REPOSITORY,
      { encryptionConfigurations: { encryptionType: "KMS" } },
      /^encryptionConfigurations is .*a list/,
    ],
    "what is missing": [
      "github",
      urn("github:index/repositoryRuleset:RepositoryRuleset"),
      {},
      /^enforcement is missing/,
    ],
    "a value in a literal's place": [
      "kubernetes",
      POD,
      { apiVersion: "v2" },
      /^apiVersion is "v2", and has to be "v1"/,
    ],
    "a resource that the SDK does not have": [
      "aws",
      urn("aws:ecr/registry:Registry"),
      {},
      /is no resource of @pulumi\/aws/,
    ],
  };
  for (const [name, [sdk, at, inputs, failure]] of Object.entries(refused)) {
    it(`refuses ${name}`, () => {
      const failures = provider(sdk).check(at, { ...inputs });
      const [first] = failures;
      assert.match(`${first?.property} ${first?.reason}`, failure);
    });
  }

  it("takes what the types allow, secrets and unknown values among it", () => {
    const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "web" };
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    const inputs = { name: secret, tags: { team: "a" }, encryptionConfigurations: [{ kmsKey: unknown }] };
    assert.deepEqual(provider("aws").check(REPOSITORY, inputs), []);
    assert.deepEqual(provider("kubernetes").check(POD, { metadata: { name: "w" }, spec: { containers: [image] } }), []);
    const custom = {
      apiVersion: "cert-manager.io/v1",
      kind: "Issuer",
      metadata: { name: "ca" },
      spec: { anything: 1 },
    };
    assert.deepEqual(provider("kubernetes").check(urn("kubernetes:cert-manager.io/v1:Issuer"), custom), []);
  });

  it("refuses wrong configuration of itself", () => {
    assert.deepEqual(provider("aws").checkConfig({ region: "eu-west-1", allowedAccountIds: '["111122223333"]' }), []);
    assert.equal(provider("aws").checkConfig({ regoin: "eu-west-1" }).length, 1);
  });

  it("remembers what it made, with outputs as the cloud has them, and makes nothing twice", () => {
    const aws = provider("aws");
    const { id, outputs } = aws.create(REPOSITORY, { name: "factory/web" });
    assert.equal(id, "factory/web");
    assert.equal(outputs.repositoryUrl, "111122223333.dkr.ecr.eu-west-1.amazonaws.com/factory/web");
    assert.deepEqual(provider("aws").read(REPOSITORY, id)?.outputs, outputs);
    assert.throws(() => aws.create(REPOSITORY, { name: "factory/web" }), /AlreadyExists/);
    aws.delete(REPOSITORY, id);
    assert.equal(aws.read(REPOSITORY, id), undefined);
  });

  it("says what differs, and what needs another resource", () => {
    const olds = { name: "a", tags: { x: "1", y: "2" } };
    assert.deepEqual(provider("aws").diff(olds, { name: "a", tags: { y: "2", x: "1" } }).changed, []);
    assert.deepEqual(provider("aws").diff(olds, { name: "b" }), { changed: ["name", "tags"], replaces: ["name"] });
  });

  it("fails at each creation once, and then makes it", () => {
    world.faults = { eachCreateFailsOnce: true };
    for (const name of ["one", "two"]) {
      const create = () => provider("aws").create(REPOSITORY, { name });
      assert.throws(create, /LimitExceededException/);
      assert.equal(create().id, name);
    }
  });

  it("fails from the n-th creation on, whichever provider that reaches", () => {
    world.faults = { createsFailFrom: 2 };
    provider("aws").create(REPOSITORY, { name: "a" });
    assert.throws(() => provider("kubernetes").create(POD, { metadata: { name: "b" } }), /quota/);
    assert.deepEqual(world.resources("kubernetes"), {});
  });
});
