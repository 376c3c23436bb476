import type { Place } from "../problems.js";

export type ReferenceInstruction = "SYNTAX" | "FROM" | "COPY" | "ADD" | "RUN";

/**
 * What a written name turned out to mean. What cannot be resolved is a value with its reason, never a guess.
 * An image's `name` is normalised and has a tag or a digest (`docker.io/library/nginx:latest`); `familiar` is the name under
 * which BuildKit looks for a named context (`nginx`). `dependsOn` is the automatic variable that would have to be known, e.g. `TARGETARCH`.
 */
export type Resolution =
  | { readonly kind: "image"; readonly name: string; readonly familiar: string }
  | { readonly kind: "stage"; readonly stage: number }
  | { readonly kind: "scratch" }
  | { readonly kind: "unresolved"; readonly reason: string; readonly dependsOn?: string };

/**
 * One mention of an image or a stage in a Dockerfile. What an `ONBUILD` of a stage names is a reference of the stages that
 * stand on it, at the line of the `ONBUILD`; triggers inside an image from a registry are not seen.
 */
export interface Reference {
  readonly place: Place & { readonly line: number };
  readonly instruction: ReferenceInstruction;
  /** Index of the stage in which it stands (a FROM stands in the stage that it opens); -1 for `# syntax=`. */
  readonly stage: number;
  /** As written, e.g. `${BASE}:3.13`. */
  readonly written: string;
  /** `--platform` as written and expanded, where given; `$BUILDPLATFORM` and `$TARGETPLATFORM` stay symbolic. */
  readonly platform?: string;
  readonly resolution: Resolution;
}

/** An instruction, with continuations joined and heredocs kept, for the policy rules. */
export interface Instruction {
  readonly place: Place & { readonly line: number };
  /** Upper case, e.g. `RUN`. */
  readonly keyword: string;
  /** `--mount=...`, `--network=...` as name and value. */
  readonly flags: readonly { readonly name: string; readonly value: string }[];
  /** The rest of the instruction as written, continuations joined. */
  readonly rest: string;
  /** The texts of its heredocs, in their order. */
  readonly heredocs: readonly { readonly name: string; readonly content: string }[];
}

export interface Stage {
  readonly index: number;
  readonly name?: string;
  readonly from: Reference;
  /** All instructions after the FROM; read when first asked for, because a graph needs none. */
  readonly instructions: readonly Instruction[];
  readonly place: Place & { readonly line: number };
}

/** A parsed Dockerfile. */
export interface Dockerfile {
  readonly file: string;
  /** What quotes a character and continues a line: `\`, or a backtick after `# escape=`. */
  readonly escape: "\\" | "`";
  readonly stages: readonly Stage[];
  /** Every reference in the order of the text, `# syntax=` included. */
  readonly references: readonly Reference[];
  /** Global ARGs with their defaults as written, quotes included. */
  readonly args: readonly { readonly name: string; readonly value?: string; readonly line: number }[];
  /** The same text read for each platform, where a name depends on one (`FROM base-${TARGETARCH}`) and platforms were given. */
  readonly perPlatform?: readonly { readonly platform: string; readonly dockerfile: Dockerfile }[];
}
