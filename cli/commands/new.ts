import { MIXIN_PREFIX, OWN_HOST } from "../../domain/graph/dependencies.js";
import { projectRoot } from "../../tools/project.js";
import type { RegisterCommand } from "../command.js";
import { type NewFolder, scaffold } from "../scaffold.js";

const kinds = {
  base: { kind: "base", from: "debian", what: "golden base" },
  image: { kind: "application", from: "python", what: "application image" },
} as const;

/** `factory new base|image|mixin NAME`. */
export const registerNew: RegisterCommand = (program) => {
  const command = program.command("new").description("make the folder of a new image or mixin from a template");
  for (const [word, { kind, from, what }] of Object.entries(kinds)) {
    command
      .command(word)
      .description(`a new ${what}`)
      .argument("<name>", "name of the image and its folder, in kebab-case")
      .option("--from <base>", "golden base to stand on", from)
      .action((name: string, options: { readonly from: string }) =>
        make({ kind, name, from: options.from }, "npm run up"),
      );
  }
  command
    .command("mixin")
    .description("a new mixin: files, labels and tests that images share")
    .argument("<name>", "name of the mixin and its folder, in kebab-case")
    .action((name: string) =>
      make({ kind: "mixin", name }, `COPY --from=${OWN_HOST}${MIXIN_PREFIX}${name} / / in a Dockerfile`),
    );
};

async function make(folder: NewFolder, next: string): Promise<void> {
  for (const file of await scaffold(projectRoot, folder)) console.log(`created ${file}`);
  console.log(`\nNext: ${next}`);
}
