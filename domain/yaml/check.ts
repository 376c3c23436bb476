import type { z } from "zod";
import type { Checked, Problem } from "../problems.js";
import type { YamlDocument } from "./document.js";
import { problemsOf } from "./explain.js";
import { parseYaml } from "./parse.js";

/** Fails a custom check of a schema; `message` is a sentence that follows the path, `remedy` one of its own. */
export function addProblem(
  context: z.RefinementCtx,
  message: string,
  remedy: string,
  path: readonly (string | number)[] = [],
): void {
  context.addIssue({ code: "custom", message, params: { remedy }, path: [...path] });
}

/** A text as data that a schema accepts, and where its parts stand. */
export interface ReadYaml<T> {
  /** `undefined` where the text is not understood. */
  readonly data: T | undefined;
  readonly document: YamlDocument;
  readonly problems: readonly Problem[];
}

/** Reads a text and checks it against a schema. An empty text is an empty mapping. */
export function readYaml<T extends z.ZodType>(schema: T, file: string, text: string): ReadYaml<z.output<T>> {
  const parsed = parseYaml(file, text);
  if (parsed.value === undefined)
    return { data: undefined, document: { file, value: undefined }, problems: parsed.problems };
  const document = { ...parsed.value, value: parsed.value.value ?? {} };
  const checked = checkWith(schema, document);
  return { data: checked.value, document, problems: [...parsed.problems, ...checked.problems] };
}

/**
 * Checks a document against a schema. Messages take what is allowed from the schema: its keys and enum values, and the
 * `description` (a noun phrase) and `examples` of its metadata.
 */
export function checkWith<T extends z.ZodType>(schema: T, document: YamlDocument): Checked<z.output<T> | undefined> {
  const result = schema.safeParse(document.value);
  if (result.success) return { value: result.data, problems: [] };
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, schema, document));
  return { value: undefined, problems: problems.sort((a, b) => (a.place.line ?? 0) - (b.place.line ?? 0)) };
}
