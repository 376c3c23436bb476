import { readFile } from "node:fs/promises";
import { load } from "js-yaml";
import { z } from "zod";

const routeSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  /** Name of the environment variable with the key of the sender's signature; without one every request is taken. */
  secretEnv: z.string().optional(),
  targets: z.array(z.url({ protocol: /^https?$/ })).min(1),
});

const fileSchema = z.strictObject({ routes: z.array(routeSchema) });

/** Where the webhooks of one name go. */
export interface Route {
  readonly name: string;
  readonly secret?: string;
  readonly targets: readonly string[];
}

/**
 * The routes of a YAML text, by name.
 * @throws Error that names what is wrong: the text, a route twice, or a secret that the environment lacks.
 */
export function parseRoutes(text: string, env: NodeJS.ProcessEnv): ReadonlyMap<string, Route> {
  const parsed = fileSchema.safeParse(load(text));
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  const routes = new Map<string, Route>();
  for (const { name, secretEnv, targets } of parsed.data.routes) {
    if (routes.has(name)) throw new Error(`the route "${name}" is there twice`);
    if (secretEnv === undefined) {
      routes.set(name, { name, targets });
      continue;
    }
    const secret = env[secretEnv];
    if (!secret) throw new Error(`the route "${name}" needs the environment variable ${secretEnv}`);
    routes.set(name, { name, secret, targets });
  }
  return routes;
}

export async function readRoutes(file: string, env: NodeJS.ProcessEnv): Promise<ReadonlyMap<string, Route>> {
  return parseRoutes(await readFile(file, "utf8"), env);
}
