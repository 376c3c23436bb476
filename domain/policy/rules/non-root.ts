import type { Stage } from "../../dockerfile/types.js";
import type { Place, Problem } from "../../problems.js";
import { triggered } from "../instructions.js";
import type { Lineage } from "../lineage.js";
import { type PolicyRule, rulePage } from "../rule.js";

const REMEDY = "End the stage with `USER 65532:65532`, or another number that is not 0.";

interface UserInstruction {
  readonly written: string;
  readonly place: Place;
}

export const nonRoot: PolicyRule = {
  id: "non-root",
  title: "Images run as a numeric user that is not root",
  description: "The effective user of an image, taken through its stages and bases, has to be a number other than 0.",
  remedy: REMEDY,
  url: rulePage("non-root"),
  check: ({ lineages }) => lineages.flatMap(problemsOf),
};

function problemsOf(lineage: Lineage): readonly Problem[] {
  const user = effectiveUser(lineage);
  if (user !== undefined) {
    const reason = refusalOf(user.written);
    return reason === undefined ? [] : [{ place: user.place, message: reason, remedy: REMEDY, rule: nonRoot.id }];
  }
  const [target] = lineage.stages;
  const { end } = lineage;
  const message =
    end.kind === "empty"
      ? "no USER is set in this stage or in anything that it stands on, so the image runs as root; a number other than 0 is allowed."
      : `no USER is set from this stage down to ${end.reference.written}, and what lies below cannot be seen: ${end.reason}.`;
  return [{ place: target?.place ?? { file: "Dockerfile" }, message, remedy: REMEDY, rule: nonRoot.id }];
}

/** The nearest USER: the last of a stage, else what its base triggers in it, else the base's own. */
function effectiveUser({ stages }: Lineage): UserInstruction | undefined {
  for (const [position, stage] of stages.entries()) {
    const base = stages[position + 1];
    const user = lastUser(stage, false) ?? (base === undefined ? undefined : lastUser(base, true));
    if (user !== undefined) return user;
  }
  return undefined;
}

function lastUser(stage: Stage, onBuild: boolean): UserInstruction | undefined {
  const found = stage.instructions
    .map((instruction) => (onBuild ? triggered(instruction, "\\") : instruction))
    .findLast((instruction) => instruction?.keyword === "USER");
  return found && { written: found.rest.trim(), place: found.place };
}

function refusalOf(written: string): string | undefined {
  if (written.includes("$"))
    return `USER ${written} depends on a variable, so the user cannot be told; allowed is a number.`;
  const [, user, group] = /^([^:]*)(?::(.*))?$/.exec(written) ?? [];
  if (user === "root" || /^0+$/.test(user ?? "")) return `USER ${written} is root; allowed is a number other than 0.`;
  if (!/^\d+$/.test(user ?? "")) {
    return `USER ${written} is a name, which nothing outside the image can check; allowed is a number other than 0.`;
  }
  if (group !== undefined && !/^\d+$/.test(group)) {
    return `USER ${written} has the group by name; allowed is a number.`;
  }
  return undefined;
}
