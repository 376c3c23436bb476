import { z } from "zod";
import type { YamlPath } from "./document.js";

/** The schema of the value at a path, without its wrappers (optional, default, transform); `undefined` where there is none. */
export function schemaAt(schema: z.ZodType, path: YamlPath): z.ZodType | undefined {
  let node: z.ZodType | undefined = unwrap(schema);
  for (const key of path) {
    if (node === undefined) return undefined;
    const child = childOf(node, key);
    node = child === undefined ? undefined : unwrap(child);
  }
  return node;
}

function childOf(schema: z.ZodType, key: PropertyKey): z.ZodType | undefined {
  if (schema instanceof z.ZodObject) return schema.shape[String(key)];
  if (schema instanceof z.ZodRecord) return schema.valueType as z.ZodType;
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType;
  return undefined;
}

const wrappers = [
  z.ZodOptional,
  z.ZodExactOptional,
  z.ZodNullable,
  z.ZodDefault,
  z.ZodPrefault,
  z.ZodReadonly,
] as const;

function unwrap(schema: z.ZodType): z.ZodType {
  let node = schema;
  for (;;) {
    const wrapped = node;
    const wrapper = wrappers.find((candidate) => wrapped instanceof candidate);
    if (wrapper !== undefined) node = (wrapped as InstanceType<typeof wrapper>).unwrap() as z.ZodType;
    else if (node instanceof z.ZodPipe) node = node.in as z.ZodType;
    else return node;
  }
}
