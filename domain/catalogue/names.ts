import { z } from "zod";
import { addProblem } from "../yaml/check.js";

/** Names of images and variants become repository names, tags and resource names: kebab-case, dots as in `go-1.24`. */
const namePattern = /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/;
const longest = 63;

/** Names below the same host or registry that mean something else. */
const reserved: Readonly<Record<string, string>> = {
  pool: "the locked packages of a base",
  candidate: "the quarantine",
  cache: "the build cache",
  mixin: "the files of mixins",
};

/** Why a text cannot be the name of an image, with what to do; `undefined` where it can. */
export function nameProblem(name: string): { readonly message: string; readonly remedy: string } | undefined {
  const use = Object.hasOwn(reserved, name) ? reserved[name] : undefined;
  if (use !== undefined) return { message: `name "${name}" is reserved for ${use}.`, remedy: "Choose another name." };
  if (namePattern.test(name) && name.length <= longest) return undefined;
  const suggestion = suggestName(name);
  return {
    message: `"${name}" is not a name: allowed are lower-case letters and digits in words joined by "-" or ".", at most ${longest}.`,
    remedy: suggestion === undefined ? 'Choose a name such as "web-api".' : `Name it "${suggestion}".`,
  };
}

/** The nearest valid name, e.g. `web-api` for `Web_API`. */
export function suggestName(text: string): string | undefined {
  const words = text
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, "-")
    .replace(/[.-]*\.[.-]*/g, ".")
    .replace(/^[.-]+|[.-]+$/g, "")
    .slice(0, longest)
    .replace(/[.-]+$/, "");
  return words === "" || Object.hasOwn(reserved, words) ? undefined : words;
}

export const nameSchema = z
  .string()
  .meta({ description: "a name in kebab-case", examples: ["web-api"], pattern: namePattern.source, maxLength: longest })
  .superRefine((name, context) => {
    const problem = nameProblem(name);
    if (problem !== undefined) addProblem(context, problem.message, problem.remedy);
  });
