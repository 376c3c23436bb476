import type { PolicyConfigSchema } from "@pulumi/policy";

/** The schema of a list of text in a policy's configuration; the engine refuses anything else. */
export function listOf(description: string): PolicyConfigSchema["properties"][string] {
  return { type: "array", items: { type: "string" }, description };
}

/** A list of text as the engine hands it over; undefined where none is configured. */
export function stringList(configured: unknown): readonly string[] | undefined {
  return Array.isArray(configured) ? configured.map(String) : undefined;
}
