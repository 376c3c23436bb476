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
  const suites = new Map<string, TestSuite>();
  const problems: Problem[] = [];
  const reported = new Set<string>();
  for (const node of nodes) {
    const files = folders.get(node.image.directory);
    const name = testFileNames(node).find((candidate) => files?.has(candidate));
    const found = name === undefined ? undefined : files?.get(name);
    const suite = testSuite(node, found);
    suites.set(node.id, suite.value);
    // Variants share a file.
    if (found !== undefined && !reported.has(found.file)) problems.push(...suite.problems);
    if (found !== undefined) reported.add(found.file);
  }
  for (const [directory, image] of images) problems.push(...strayFiles(image, folders.get(directory)));
  return { value: suites, problems };
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
