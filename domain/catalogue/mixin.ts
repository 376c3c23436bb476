import { z } from "zod";
import type { Checked, Problem } from "../problems.js";
import { readYaml } from "../yaml/check.js";
import { nameProblem } from "./names.js";
import { labelsSchema } from "./schema.js";

/** Where mixins lie, relative to the root. */
export const MIXINS = "mixins";

/** What several images share without standing on one another: files, labels, tests, or some of these. Paths are relative to the root. */
export interface Mixin {
  readonly name: string;
  /** E.g. `mixins/users`. */
  readonly directory: string;
  /** Folder of its files, laid out as in an image; a Dockerfile copies from `factory.invalid/mixin/<name>`. */
  readonly files?: string;
  /** Labels of every image that has it; the image's own win. */
  readonly labels: Readonly<Record<string, string>>;
  /** File of the tests of every image that has it. */
  readonly tests?: string;
}

/** Folder of a mixin's files. */
export function filesOf(name: string): string {
  return `${MIXINS}/${name}/rootfs`;
}

/** A folder below `mixins/`. */
export interface MixinFolder {
  readonly name: string;
  /** Names of what lies directly in it. */
  readonly entries: readonly string[];
  /** Text of `mixin.yaml`, where it exists. */
  readonly mixinYaml?: string;
}

/** `mixin.yaml`. Optional: files and tests are there by being there. */
export const mixinSchema = z
  .strictObject({ labels: labelsSchema.default({}) })
  .meta({ title: "mixin.yaml", description: "what images get from a mixin beside its files and its tests" });

const PARTS = ["rootfs", "mixin.yaml", "test.yaml", "README.md"];

/** The mixin of one folder. A `mixin.yaml` that is not understood counts as empty, so that only its own problems are reported. */
export function readMixin({ name, entries, mixinYaml }: MixinFolder): Checked<Mixin> {
  const directory = `${MIXINS}/${name}`;
  const read = mixinYaml === undefined ? undefined : readYaml(mixinSchema, `${directory}/mixin.yaml`, mixinYaml);
  const value: Mixin = {
    name,
    directory,
    labels: read?.data?.labels ?? {},
    ...(entries.includes("rootfs") ? { files: filesOf(name) } : {}),
    ...(entries.includes("test.yaml") ? { tests: `${directory}/test.yaml` } : {}),
  };
  return { value, problems: [...folderProblems({ name, entries }, directory), ...(read?.problems ?? [])] };
}

function folderProblems({ name, entries }: MixinFolder, directory: string): readonly Problem[] {
  const place = { file: directory };
  const problems: Problem[] = [];
  const invalid = nameProblem(name);
  if (invalid !== undefined) {
    problems.push({ place, message: invalid.message, remedy: `Rename the folder. ${invalid.remedy}` });
  }
  for (const entry of entries.filter((each) => !PARTS.includes(each) && !each.startsWith("."))) {
    const message = `a mixin has no ${entry}; allowed are ${PARTS.join(", ")}.`;
    const remedy = /^dockerfile/i.test(entry)
      ? "Instructions belong into a base that images stand on: move it to bases/."
      : "Put files of images below rootfs/, or remove it.";
    problems.push({ place: { file: `${directory}/${entry}` }, message, remedy });
  }
  if (!entries.some((entry) => ["rootfs", "mixin.yaml", "test.yaml"].includes(entry))) {
    const message = "there is nothing in this mixin that an image could get.";
    const remedy = "Add files below rootfs/, labels in mixin.yaml or tests in test.yaml, or remove the folder.";
    problems.push({ place, message, remedy });
  }
  return problems;
}
