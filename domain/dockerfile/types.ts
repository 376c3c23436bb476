import type { Place } from "../problems.js";

export type ReferenceInstruction = "SYNTAX" | "FROM" | "COPY" | "ADD" | "RUN";

/** What a written name turned out to mean. What cannot be resolved is a value with its reason, never a guess. */
export type Resolution =
  | { readonly kind: "image"; readonly name: string; readonly familiar: string }
  | { readonly kind: "stage"; readonly stage: number }
  | { readonly kind: "scratch" }
  | { readonly kind: "unresolved"; readonly reason: string };

/** One mention of an image or a stage in a Dockerfile. */
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
}

export interface Stage {
  readonly index: number;
  readonly name?: string;
  readonly from: Reference;
  /** All instructions after the FROM. */
  readonly instructions: readonly Instruction[];
  readonly place: Place & { readonly line: number };
}

/** A parsed Dockerfile. */
export interface Dockerfile {
  readonly file: string;
  readonly stages: readonly Stage[];
  /** Every reference in the order of the text, `# syntax=` included. */
  readonly references: readonly Reference[];
  /** Global ARGs with their defaults. */
  readonly args: readonly { readonly name: string; readonly value?: string; readonly line: number }[];
}
