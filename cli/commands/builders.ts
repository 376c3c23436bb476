import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { ProblemsError } from "../../domain/problems.js";
import type { RegisterCommand } from "../command.js";

/** The stack's output `cloud`, as far as it is about builders. */
const outputSchema = z.looseObject({
  builders: z.record(z.string().regex(/^[a-zA-Z][\w.-]*$/), z.looseObject({ Name: z.string(), Driver: z.string() })),
});

/** `factory builders --output DIR`. Writes buildx's files; the stack's outputs come by standard input. */
export const registerBuilders: RegisterCommand = (program) => {
  program
    .command("builders")
    .description("write buildx's builder files from `pulumi stack output cloud --json` (standard input)")
    .requiredOption("--output <folder>", "the folder that BUILDX_CONFIG names")
    .action(async ({ output }: { readonly output: string }) => {
      const found = outputSchema.safeParse(readJson(await text(process.stdin)));
      if (!found.success) {
        const message = "it has no builders: the stack has no factory:cloud.runners, or has not come up yet.";
        const remedy = "Pipe the outputs of a stack with runners: pulumi stack output cloud --json -s staging | ...";
        throw new ProblemsError("the outputs", [{ place: { file: "standard input" }, message, remedy }]);
      }
      const folder = path.join(path.resolve(output), "instances");
      await mkdir(folder, { recursive: true });
      for (const [name, instance] of Object.entries(found.data.builders)) {
        await writeFile(path.join(folder, name), JSON.stringify(instance));
        console.log(name);
      }
    });
};

function readJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
