import { createHash } from "node:crypto";
import type { VariantNode } from "../graph/types.js";
import type { Checked } from "../problems.js";
import { readYaml } from "../yaml/check.js";
import { placeOf, type YamlDocument } from "../yaml/document.js";
import { type TestYaml, testSchema } from "./schema.js";
import type { MetadataTest, TestSuite } from "./types.js";

/** A test file's path, relative to the root, and its text. */
export interface TestFile {
  readonly file: string;
  readonly text: string;
}

type Tests = Pick<
  TestSuite,
  "globalEnvVars" | "commandTests" | "fileExistenceTests" | "fileContentTests" | "metadataTest"
>;

const noTests: Tests = { globalEnvVars: [], commandTests: [], fileExistenceTests: [], fileContentTests: [] };

/** Names of the files that may hold a variant's tests, the best first. */
export function testFileNames({ variant }: Pick<VariantNode, "variant">): readonly string[] {
  return variant.name === "" ? ["test.yaml"] : [`test-${variant.name}.yaml`, "test.yaml"];
}

/**
 * The tests of one image variant, then those of its mixins; without a file, what is always looked at and the smoke test are all.
 *
 * @param mixins the test files of the mixins that it has
 */
export function testSuite(
  { id, variant }: Pick<VariantNode, "id" | "variant">,
  found: TestFile | undefined,
  mixins: readonly TestFile[] = [],
): Checked<TestSuite> {
  const smoke = variant.smoke && { smoke: variant.smoke };
  const read = [...(found === undefined ? [] : [found]), ...mixins].map(readTests);
  const tests = read.map(({ value }) => value).reduce(together, noTests);
  const problems = read.flatMap((each) => each.problems);
  const suite = { id, ...tests, ...smoke };
  const file = found && { file: found.file, fileHash: sha256(found.text) };
  return { value: { ...suite, ...file, hash: sha256(JSON.stringify(suite, withoutPlaces)) }, problems };
}

/** What an image says of its own configuration wins over what a mixin of it says. */
function together(own: Tests, mixin: Tests): Tests {
  const metadata = mergedMetadata(own.metadataTest, mixin.metadataTest);
  return {
    globalEnvVars: [...own.globalEnvVars, ...mixin.globalEnvVars],
    commandTests: [...own.commandTests, ...mixin.commandTests],
    fileExistenceTests: [...own.fileExistenceTests, ...mixin.fileExistenceTests],
    fileContentTests: [...own.fileContentTests, ...mixin.fileContentTests],
    ...(metadata === undefined ? {} : { metadataTest: metadata }),
  };
}

function mergedMetadata(own: MetadataTest | undefined, mixin: MetadataTest | undefined): MetadataTest | undefined {
  if (own === undefined || mixin === undefined) return own ?? mixin;
  return {
    ...mixin,
    ...own,
    envVars: [...own.envVars, ...mixin.envVars],
    unboundEnvVars: [...own.unboundEnvVars, ...mixin.unboundEnvVars],
    labels: [...own.labels, ...mixin.labels],
    exposedPorts: [...own.exposedPorts, ...mixin.exposedPorts],
    unexposedPorts: [...own.unexposedPorts, ...mixin.unexposedPorts],
    volumes: [...own.volumes, ...mixin.volumes],
    unmountedVolumes: [...own.unmountedVolumes, ...mixin.unmountedVolumes],
  };
}

function readTests({ file, text }: TestFile): Checked<Tests> {
  const { data, document, problems } = readYaml(testSchema, file, text);
  return { value: data === undefined ? noTests : testsOf(data, document), problems };
}

function testsOf(data: TestYaml, document: YamlDocument): Tests {
  return {
    globalEnvVars: data.globalEnvVars,
    // The container is thrown away after its test: there is nothing to tear down, and stock container-structure-test does not either.
    commandTests: data.commandTests.map(({ teardown: _, ...test }, index) => ({
      ...test,
      place: placeOf(document, ["commandTests", index]),
    })),
    fileExistenceTests: data.fileExistenceTests.map((test, index) => ({
      ...test,
      place: placeOf(document, ["fileExistenceTests", index]),
    })),
    fileContentTests: data.fileContentTests.map((test, index) => ({
      ...test,
      place: placeOf(document, ["fileContentTests", index]),
    })),
    ...metadataOf(data, document),
  };
}

function metadataOf({ metadataTest }: TestYaml, document: YamlDocument): { readonly metadataTest?: MetadataTest } {
  if (metadataTest === undefined) return {};
  return { metadataTest: { ...metadataTest, place: placeOf(document, ["metadataTest"]) } };
}

/** A comment more above a test changes nothing of what is tested. */
function withoutPlaces(key: string, value: unknown): unknown {
  return key === "place" ? undefined : value;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
