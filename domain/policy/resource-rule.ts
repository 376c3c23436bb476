import type { Problem } from "../problems.js";
import type { RuleText } from "./rule.js";

/** A resource of a cloud, as far as its inputs are known. */
export interface ResourceFacts {
  /** `aws:ecr/repository:Repository` */
  readonly type: string;
  /** Inputs as plain data; what only the update knows is missing. */
  readonly props: Readonly<Record<string, unknown>>;
}

/** What a resource is held against. */
export interface StackFacts {
  /** True for `local` only. */
  readonly development: boolean;
  /** The stack's registry with its prefix. */
  readonly registry: string;
  /** Images from elsewhere that the settings name by digest. */
  readonly pinned: readonly string[];
  /** Of a stack that builds nothing: the digests that its releases file names. */
  readonly promoted?: ReadonlySet<string>;
}

/** What is wrong, and what to do about it. */
export type Finding = Pick<Problem, "message" | "remedy">;

/** One rule over one resource, whichever program makes it. */
export interface ResourceRule extends RuleText {
  /** The types that it looks at. */
  readonly types: RegExp;
  findings(resource: ResourceFacts, stack: StackFacts): readonly Finding[];
}

/** @param consumer where it is blamed: type and name of the resource */
export function checkResource(
  rule: ResourceRule,
  resource: ResourceFacts,
  stack: StackFacts,
  consumer: string,
): readonly Problem[] {
  if (!rule.types.test(resource.type)) return [];
  return rule.findings(resource, stack).map((found) => ({ place: { file: consumer }, ...found, rule: rule.id }));
}
