import { z } from "zod";
import { goldenHost } from "../../domain/catalogue/repository.js";
import { type ManagedImage, variantId } from "../../domain/catalogue/types.js";
import type { Problem } from "../../domain/problems.js";
import { run } from "../machine/run.js";
import { linterError, linterOutput } from "./linter-error.js";

/** What `tools/go/buildkit-lint` writes. `rule` is empty where BuildKit could not build it at all. */
const findingsSchema = z.array(
  z.object({
    file: z.string(),
    line: z.int().optional(),
    rule: z.string(),
    message: z.string(),
    url: z.string().optional(),
  }),
);

type Finding = z.output<typeof findingsSchema>[number];

/**
 * BuildKit's own checks of the Dockerfiles of images, with the arguments of every variant: what `docker build --check` says,
 * without a daemon, and with the golden bases known by their Dockerfiles.
 */
export async function buildkitChecks(
  program: string,
  root: string,
  images: readonly ManagedImage[],
): Promise<readonly Problem[]> {
  const builds = images.flatMap((image) =>
    image.variants.map((variant) => ({
      image: `${goldenHost}/${variantId(image, variant)}`,
      dockerfile: image.dockerfile,
      target: variant.target,
      args: variant.args,
    })),
  );
  const result = await run(program, [], { cwd: root, input: JSON.stringify(builds) });
  if (result.code !== 0) throw linterError("buildkit-lint", result);
  // Variants of one Dockerfile have most findings in common.
  const problems = new Map<string, Problem>();
  for (const finding of findingsSchema.parse(linterOutput("buildkit-lint", result))) {
    problems.set(JSON.stringify(finding), problemOf(finding));
  }
  return [...problems.values()];
}

function problemOf({ file, line, rule, message, url }: Finding): Problem {
  const place = line === undefined ? { file } : { file, line };
  if (rule === "") return { place, message, remedy: "Correct it: BuildKit cannot build this Dockerfile." };
  const ignore = `"# check=skip=${rule}" as the file's first line`;
  const page = url === undefined ? "" : `: ${url}`;
  return { place, message, rule, remedy: `Correct it, or write ${ignore}, with the reason below${page}` };
}
