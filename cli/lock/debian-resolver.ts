import { ProblemsError } from "../../domain/problems.js";
import type { Resolver } from "./resolver.js";

export const debianResolver: Resolver = {
  kind: "debian",
  wants: ({ debian }) => debian !== undefined,
  async resolve({ file }) {
    throw new ProblemsError(file, []);
  },
};
