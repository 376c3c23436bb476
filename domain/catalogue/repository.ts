import { z } from "zod";
import { parseImageName, repositoryName } from "../dockerfile/image-name.js";
import { addProblem } from "../yaml/check.js";

/** Host of the golden bases' names in Dockerfiles; it never resolves, and nothing external lives there. */
export const goldenHost = "factory.invalid";

/** A repository without tag and digest; normalised when parsed (`nginx` becomes `docker.io/library/nginx`). */
export const repositorySchema = z
  .string()
  .meta({ description: "a repository without tag or digest", examples: ["docker.io/library/nginx"] })
  .superRefine((text, context) => {
    const problem = repositoryProblem(text);
    if (problem !== undefined) addProblem(context, problem.message, problem.remedy);
  })
  .transform((text) => {
    const image = parseImageName(text);
    return image === undefined ? text : repositoryName(image);
  });

function repositoryProblem(text: string): { readonly message: string; readonly remedy: string } | undefined {
  const scheme = /^[a-z]+:\/\//.exec(text)?.[0];
  if (scheme !== undefined) {
    return { message: `"${text}" has a scheme.`, remedy: `Write "${text.slice(scheme.length)}".` };
  }
  const image = parseImageName(text);
  if (image === undefined) {
    return {
      message: `"${text}" is not a repository.`,
      remedy: 'Write host and path in lower case, e.g. "docker.io/library/nginx".',
    };
  }
  const repository = repositoryName(image);
  if (image.digest !== undefined || text.endsWith(`:${image.tag}`)) {
    const remedy = `Write "${repository}"; which tags count is said by allowTags.`;
    return { message: `"${text}" has a tag or a digest.`, remedy };
  }
  if (image.domain === goldenHost) {
    const remedy = "Remove the entry: the folder under bases/ enrols it.";
    return { message: `${goldenHost} is the host of our own golden bases.`, remedy };
  }
  return undefined;
}
