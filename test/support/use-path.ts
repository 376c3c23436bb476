import type { TestServices } from "./with-services.js";

/** Lets the tests of a `describe` block find the services' tools on PATH, as the provider does. */
export function usePath(services: () => TestServices): void {
  const original = process.env.PATH;
  before(() => {
    process.env.PATH = services().env.PATH;
  });
  after(() => {
    process.env.PATH = original;
  });
}
