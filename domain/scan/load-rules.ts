import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type ManagedImage, variantId } from "../catalogue/types.js";
import type { Checked, Problem } from "../problems.js";
import { didYouMean } from "../suggest.js";
import { EXCEPTIONS_FILE, parseExceptions, type ScanException } from "./exceptions.js";
import { parseVex, type VexStatement } from "./vex.js";

/** What excuses findings: the project's exceptions, and VEX documents. */
export interface ScanRules {
  readonly exceptions: readonly ScanException[];
  readonly vex: readonly VexStatement[];
}

/** The folder of VEX documents that hold for all images. */
const VEX_FOLDER = "vex";

/** Reads `scan-exceptions.yaml` and the `*.openvex.json` of the folder `vex` and of the images' own folders. */
export async function loadScanRules(root: string, images: readonly ManagedImage[]): Promise<Checked<ScanRules>> {
  const content = (await read(join(root, EXCEPTIONS_FILE))) ?? "";
  const exceptions = parseExceptions(content);
  const problems: Problem[] = [...exceptions.problems, ...unknownImages(exceptions.value, images)];
  const vex: VexStatement[] = [];
  const folders = images.map((image) => ({ folder: image.directory, variants: variantsOf(image) }));
  for (const { folder, variants } of [{ folder: VEX_FOLDER, variants: undefined }, ...folders]) {
    for (const name of await vexFiles(join(root, folder))) {
      const file = `${folder}/${name}`;
      const parsed = parseVex(file, (await read(join(root, file))) ?? "", variants);
      vex.push(...parsed.value);
      problems.push(...parsed.problems);
    }
  }
  return { value: { exceptions: exceptions.value, vex }, problems };
}

function variantsOf(image: ManagedImage): readonly string[] {
  return image.variants.map((variant) => variantId(image, variant));
}

function unknownImages(exceptions: readonly ScanException[], images: readonly ManagedImage[]): readonly Problem[] {
  const known = images.flatMap(variantsOf);
  return exceptions.flatMap(({ images: named = [], place }) =>
    named
      .filter((name) => !known.includes(name))
      .map((name) => ({
        place,
        message: `there is no image "${name}".`,
        remedy: `${didYouMean(name, known)}Known images: ${known.join(", ")}.`,
      })),
  );
}

async function vexFiles(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith(".openvex.json")).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
