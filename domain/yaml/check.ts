import { z } from "zod";
import type { Checked, Problem } from "../problems.js";
import { didYouMean } from "../suggest.js";
import { formatPath, placeOf, writtenAt, type YamlDocument, type YamlPath } from "./document.js";
import { parseYaml } from "./parse.js";
import { schemaAt } from "./schema-at.js";

/**
 * What people write for an allowed value though it is too far from it for a guess by letters, e.g. `x86` for `amd64`.
 * Kept beside zod's own metadata, which all goes into the JSON schemas.
 */
export const aliases = z.registry<Readonly<Record<string, string>>>();

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

type Issue = z.core.$ZodIssue;

function problemsOf(issue: Issue, schema: z.ZodType, document: YamlDocument): readonly Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey(key, issue.path, schema, document));
  }
  if (issue.code === "invalid_key") {
    return issue.issues.map((inner) => ({
      place: placeOf(document, issue.path),
      ...badKey(inner, issue.path, schema),
    }));
  }
  const node = issue.code === "custom" ? undefined : schemaAt(schema, issue.path);
  return [{ place: placeOf(document, issue.path), ...explain(issue, node, document) }];
}

type Explanation = Pick<Problem, "message" | "remedy">;

function explain(issue: Issue, schema: z.ZodType | undefined, document: YamlDocument): Explanation {
  const path = formatPath(issue.path);
  const value = valueAt(document.value, issue.path);
  const is = `${path} is ${describeValue(value, writtenAt(document, issue.path))}`;
  switch (issue.code) {
    case "custom":
      return { message: `${path}: ${issue.message}`, remedy: String(issue.params?.remedy ?? "Change it.") };
    case "invalid_value":
      return { message: `${is}, which is not allowed.`, remedy: allowedValues(issue.values, value, schema) };
    case "invalid_type":
      if (value === undefined) return { message: `${path} is missing.`, remedy: wanted(schema, issue) };
      if (issue.expected === "string" && (typeof value === "number" || typeof value === "boolean")) {
        const written = writtenAt(document, issue.path) ?? String(value);
        const quotes = schema?.safeParse(written).success ? `Put it in quotes: "${written}".` : wanted(schema, issue);
        return { message: `${is}, but must be text.`, remedy: quotes };
      }
      return {
        message: `${is}, but must be ${kinds[issue.expected] ?? issue.expected}.`,
        remedy: wanted(schema, issue),
      };
    case "too_small":
      return {
        message: `${counted(path, value) ?? is}; at least ${issue.minimum} is needed.`,
        remedy: wanted(schema, issue),
      };
    case "too_big":
      return {
        message: `${counted(path, value) ?? is}; at most ${issue.maximum} is allowed.`,
        remedy: wanted(schema, issue),
      };
    default:
      return { message: `${is}, which is not allowed.`, remedy: wanted(schema, issue) };
  }
}

function counted(path: string, value: unknown): string | undefined {
  if (typeof value === "string") return `${path} has ${value.length} characters`;
  if (Array.isArray(value)) return `${path} has ${value.length} items`;
  return undefined;
}

const kinds: Readonly<Record<string, string>> = {
  string: "text",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
  boolean: "true or false",
  number: "a number",
  int: "a whole number",
};

/** What should stand there, from the schema's metadata. */
function wanted(schema: z.ZodType | undefined, issue: Issue): string {
  const { description, examples } = schema?.meta() ?? {};
  const [example] = Array.isArray(examples) ? examples : [];
  if (description === undefined)
    return `Write ${issue.code === "invalid_type" ? kinds[issue.expected] : "another value"}.`;
  return `Write ${description}${example === undefined ? "" : `, e.g. ${JSON.stringify(example)}`}.`;
}

function allowedValues(values: readonly unknown[], found: unknown, schema: z.ZodType | undefined): string {
  const allowed = values.map(String);
  const list = `Allowed: ${allowed.join(", ")}.`;
  if (typeof found !== "string") return list;
  const alias = schema === undefined ? undefined : aliases.get(schema)?.[found.toLowerCase()];
  return alias === undefined ? didYouMean(found, allowed) + list : `Did you mean "${alias}"? ${list}`;
}

function unknownKey(key: string, path: YamlPath, schema: z.ZodType, document: YamlDocument): Problem {
  const parent = schemaAt(schema, path);
  const allowed = parent instanceof z.ZodObject ? Object.keys(parent.shape) : [];
  const where = path.length === 0 ? "" : ` in ${formatPath(path)}`;
  const message = `unknown key "${key}"${where}.`;
  const remedy = `${didYouMean(key, allowed)}Allowed keys: ${allowed.join(", ")}.`;
  return { place: placeOf(document, [...path, key]), message, remedy };
}

/** A key that its mapping does not allow; a custom check of keys speaks for itself. */
function badKey(issue: Issue, path: YamlPath, schema: z.ZodType): Explanation {
  if (issue.code === "custom") return explain({ ...issue, path: [...path] }, undefined, { file: "", value: undefined });
  const parent = schemaAt(schema, path.slice(0, -1));
  const key = parent instanceof z.ZodRecord ? (parent.keyType as z.ZodType) : undefined;
  const message = `"${String(path.at(-1))}" in ${formatPath(path.slice(0, -1))} is not allowed as a key.`;
  return { message, remedy: wanted(key, issue) };
}

function describeValue(value: unknown, written: string | undefined): string {
  if (value === undefined || value === null) return "empty";
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}...` : value);
  if (typeof value === "number") return `the number ${written ?? value}`;
  if (typeof value === "boolean") return String(value);
  return Array.isArray(value) ? "a list" : "a mapping";
}

function valueAt(value: unknown, path: YamlPath): unknown {
  let node = value;
  for (const key of path) {
    if (typeof node !== "object" || node === null || !Object.hasOwn(node, key)) return undefined;
    node = (node as Record<PropertyKey, unknown>)[key];
  }
  return node;
}
