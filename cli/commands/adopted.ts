import { resolve } from "node:path";
import { fullName, parseImageName } from "../../domain/dockerfile/image-name.js";
import { valueOrThrow } from "../../domain/problems.js";
import { isAdopted } from "../../domain/state/adopted.js";
import { loadState } from "../../domain/state/load.js";
import type { RegisterCommand } from "../command.js";

interface Options {
  readonly state: string;
  readonly json?: true;
}

/** `factory adopted IMAGE DIGEST`. Exit code 0 where the image means the digest, or has meant it; 1 where not. */
export const registerAdopted: RegisterCommand = (program) => {
  program
    .command("adopted")
    .description("whether the factory has adopted a digest: what the pipeline of Kargo asks")
    .argument("<image>", "a watched image as Dockerfiles write it (`debian:12`), or an image's id")
    .argument("<digest>", "sha256:...")
    .option("--state <folder>", "the folder with the states", "state")
    .option("--json", "print JSON")
    .action(async (image: string, digest: string, { json, state }: Options) => {
      const states = valueOrThrow("the states", await loadState(resolve(state), "."));
      const parsed = parseImageName(image);
      const found = states.get(image) ?? (parsed && states.get(fullName(parsed)));
      const answer = isAdopted(found, image, digest);
      console.log(json ? JSON.stringify(answer, undefined, 2) : `${answer.adopted ? "yes" : "no"}: ${answer.reason}`);
      if (!answer.adopted) process.exitCode = 1;
    });
};
