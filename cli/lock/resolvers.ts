import { debianResolver } from "./debian-resolver.js";
import type { Resolver } from "./resolver.js";

/** Every resolver of `factory lock`; the payloads of a lock stand in this order. */
export const resolvers: readonly Resolver[] = [debianResolver];
