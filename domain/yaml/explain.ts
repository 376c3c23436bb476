import { z } from "zod";
import type { Problem } from "../problems.js";
import { didYouMean } from "../suggest.js";
import { formatPath, placeOf, writtenAt, type YamlDocument, type YamlPath } from "./document.js";
import { schemaAt } from "./schema-at.js";

/**
 * What people write for an allowed value though it is too far from it for a guess by letters, e.g. `x86` for `amd64`.
 * Kept beside zod's own metadata, which all goes into the JSON schemas.
 */
export const aliases = z.registry<Readonly<Record<string, string>>>();

type Issue = z.core.$ZodIssue;

/** What a person has to change because of one of zod's issues; usually one thing. */
export function problemsOf(issue: Issue, schema: z.ZodType, document: YamlDocument): readonly Problem[] {
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
