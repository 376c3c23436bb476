import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ManagedImage } from "../catalogue/types.js";
import type { VariantNode } from "../graph/types.js";
import type { Checked, Problem } from "../problems.js";
import { didYouMean } from "../suggest.js";
import { type TestFile, testFileNames, testSuite } from "./suite.js";
import type { TestSuite } from "./types.js";

/** The suite of each image variant, by its id. */
export type TestSuites = ReadonlyMap<string, TestSuite>;

/** Reads the test files of image variants. */
export async function loadTestSuites(root: string, nodes: readonly VariantNode[]): Promise<Checked<TestSuites>> {
  const images = new Map(nodes.map(({ image }) => [image.directory, image]));
  const folders = new Map(
    await Promise.all(
      [...images].map(async ([directory]) => [directory, await readTestFiles(root, directory)] as const),
    ),
  );
  const mixins = await readMixinTests(root, nodes);
  const suites = new Map<string, TestSuite>();
  const problems = new Map<string, Problem>();
  for (const node of nodes) {
    const files = folders.get(node.image.directory);
    const name = testFileNames(node).find((candidate) => files?.has(candidate));
    const found = name === undefined ? undefined : files?.get(name);
    const shared = node.mixins.flatMap((mixin) => mixins.get(mixin.name) ?? []);
    const suite = testSuite(node, found, shared);
    suites.set(node.id, suite.value);
    // Variants share a file, and images a mixin.
    for (const problem of suite.problems) problems.set(JSON.stringify(problem), problem);
  }
  const stray = [...images].flatMap(([directory, image]) => strayFiles(image, folders.get(directory)));
  return { value: suites, problems: [...problems.values(), ...stray] };
}

async function readMixinTests(root: string, nodes: readonly VariantNode[]): Promise<ReadonlyMap<string, TestFile>> {
  const wanted = new Map(nodes.flatMap(({ mixins }) => mixins.map(({ name, tests }) => [name, tests] as const)));
  const files = [...wanted].map(async ([name, file]) => {
    return file === undefined ? [] : [[name, { file, text: await readFile(join(root, file), "utf8") }] as const];
  });
  return new Map((await Promise.all(files)).flat());
}

async function readTestFiles(root: string, directory: string): Promise<ReadonlyMap<string, TestFile>> {
  const names = (await readdir(join(root, directory))).filter((name) => /^test(-.+)?\.ya?ml$/.test(name)).sort();
  const files = names.map(async (name) => {
    const file = `${directory}/${name}`;
    return [name, { file, text: await readFile(join(root, file), "utf8") }] as const;
  });
  return new Map(await Promise.all(files));
}

/** A test file that belongs to no variant tests nothing, and nobody would notice. */
function strayFiles({ variants, directory }: ManagedImage, files?: ReadonlyMap<string, TestFile>): readonly Problem[] {
  const allowed = new Set(variants.flatMap((variant) => testFileNames({ variant })));
  return [...(files?.keys() ?? [])]
    .filter((name) => !allowed.has(name))
    .map((name) => ({
      place: { file: `${directory}/${name}` },
      message: `${name} is read for no variant of this image.`,
      remedy: `${didYouMean(name, allowed)}Rename it, or remove it. Read are: ${[...allowed].join(", ")}.`,
    }));
}
