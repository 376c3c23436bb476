import type { TestServices } from "../support/with-services.js";

/** Lets this process find the services' programs and builder, as the engine lets the provider. */
export function useEnvironment(services: () => TestServices): void {
  let saved: NodeJS.ProcessEnv;
  before(() => {
    saved = { ...process.env };
    Object.assign(process.env, services().env);
  });
  after(() => {
    for (const key of Object.keys(process.env)) if (!(key in saved)) delete process.env[key];
    Object.assign(process.env, saved);
  });
}
