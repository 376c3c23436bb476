import { debianResolver } from "./debian-resolver.js";
import { npmResolver } from "./npm-resolver.js";
import type { Resolver } from "./resolver.js";
import { wheelResolver } from "./wheel-resolver.js";

/** Every resolver of `factory lock`; the payloads of a lock stand in this order. */
export const resolvers: readonly Resolver[] = [debianResolver, npmResolver, wheelResolver];
