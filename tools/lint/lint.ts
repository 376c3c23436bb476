import { loadCatalogue } from "../../domain/catalogue/load.js";
import type { Problem } from "../../domain/problems.js";
import type { Toolchain } from "../toolchain/toolchain.js";
import { actionlint } from "./actionlint.js";
import { biome } from "./biome.js";
import { buildkitChecks } from "./buildkit-checks.js";
import { conftest } from "./conftest.js";
import { hadolint } from "./hadolint.js";
import { findYamlFiles } from "./yaml-files.js";

/**
 * What every linter says of a project: hadolint and BuildKit's own checks of its Dockerfiles, conftest of its YAML, actionlint
 * of its workflows, Biome of its sources. Sorted by file and line. Changes nothing.
 *
 * @param root absolute path of the project
 * @param toolchain with `toolsForCheck`
 */
export async function lint(root: string, toolchain: Pick<Toolchain, "program">): Promise<readonly Problem[]> {
  const { value: catalogue } = await loadCatalogue(root);
  const { images } = catalogue;
  const yaml = findYamlFiles(root, catalogue);
  const problems = await Promise.all([
    hadolint(
      toolchain.program("hadolint"),
      root,
      images.map(({ dockerfile }) => dockerfile),
    ),
    buildkitChecks(toolchain.program("buildkit-lint"), root, images),
    conftest(toolchain.program("conftest"), root, yaml),
    actionlint(toolchain.program("actionlint"), root, yaml.get("workflow") ?? []),
    biome(root),
  ]);
  return problems.flat().sort(byPlace);
}

function byPlace({ place: a }: Problem, { place: b }: Problem): number {
  return a.file === b.file ? (a.line ?? 0) - (b.line ?? 0) : a.file < b.file ? -1 : 1;
}
