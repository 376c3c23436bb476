import { projectRoot } from "../../tools/project.js";
import type { RegisterCommand } from "../command.js";
import { scaffold } from "../scaffold.js";

const kinds = {
  base: { kind: "base", from: "debian", what: "golden base" },
  image: { kind: "application", from: "python", what: "application image" },
} as const;

/** `factory new base|image NAME`. */
export const registerNew: RegisterCommand = (program) => {
  const command = program.command("new").description("make the folder of a new image from a template");
  for (const [word, { kind, from, what }] of Object.entries(kinds)) {
    command
      .command(word)
      .description(`a new ${what}`)
      .argument("<name>", "name of the image and its folder, in kebab-case")
      .option("--from <base>", "golden base to stand on", from)
      .action(async (name: string, options: { readonly from: string }) => {
        for (const file of await scaffold(projectRoot, { kind, name, from: options.from }))
          console.log(`created ${file}`);
        console.log("\nNext: npm run up");
      });
  }
};
