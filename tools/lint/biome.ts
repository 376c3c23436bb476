import { join } from "node:path";
import { z } from "zod";
import type { Problem } from "../../domain/problems.js";
import { run } from "../machine/run.js";
import { projectRoot } from "../project.js";
import { linterOutput } from "./linter-error.js";

/** Biome's JSON report, of which `location` is all zeros where something holds for a whole file. */
const reportSchema = z.object({
  diagnostics: z.array(
    z.object({
      category: z.string(),
      message: z.string(),
      location: z.object({ path: z.string(), start: z.object({ line: z.int() }) }).nullish(),
    }),
  ),
});

type Diagnostic = z.output<typeof reportSchema>["diagnostics"][number];

const program = join(projectRoot, "node_modules", "@biomejs", "biome", "bin", "biome");

/** Biome's findings of format and lint, warnings included, in the sources that the `biome.json` of `root` names. */
export async function biome(root: string): Promise<readonly Problem[]> {
  const args = [program, "check", "--error-on-warnings", "--max-diagnostics=none", "--reporter=json"];
  const result = await run(process.execPath, args, { cwd: root });
  return reportSchema.parse(linterOutput("biome", result)).diagnostics.map(problemOf);
}

function problemOf({ category, message, location }: Diagnostic): Problem {
  const { path, start } = location ?? { path: "biome.json", start: { line: 0 } };
  const place = start.line === 0 ? { file: path } : { file: path, line: start.line };
  if (category === "format") return { place, message: "it is not formatted.", remedy: "npm run fix" };
  if (category.startsWith("assist/")) return { place, message, rule: category, remedy: "npm run fix" };
  return { place, message, rule: category, remedy: "Correct it; npm run fix does what can be done without a person." };
}
