import { valueOrThrow } from "../../domain/problems.js";
import { loadSettings } from "../../domain/settings/load.js";
import { projectRoot } from "../../tools/project.js";
import { ensureToolchain } from "../../tools/toolchain/toolchain.js";
import type { RegisterCommand } from "../command.js";
import { pinImages } from "../pin/pin-images.js";

interface PinOptions {
  readonly stack: string;
  readonly digest?: string;
}

/** `factory pin NAME[:TAG]...`. */
export const registerPin: RegisterCommand = (program) => {
  const command = program
    .command("pin")
    .description("adopt the digest that an external image has now, and write it into its state")
    .argument("<name...>", "image as a Dockerfile names it, e.g. docker.io/library/nginx:1.29")
    .option("--digest <digest>", "adopt this digest instead of the one that the tag has now; with a single name")
    .option("--stack <name>", "whose settings to use", "local")
    .action(async (names: readonly string[], { stack, digest }: PinOptions) => {
      if (digest !== undefined && names.length > 1) command.error("error: --digest goes with a single name");
      const settings = valueOrThrow("the settings", await loadSettings(projectRoot, stack));
      const crane = (await ensureToolchain(["crane"])).program("crane");
      const request = { root: projectRoot, names, settings, crane, now: new Date() };
      const written = await pinImages({ ...request, ...(digest === undefined ? {} : { digest }) });
      for (const { file, pin } of written) console.log(`${pin}\n  in ${file}`);
    });
};
