import type { PlannedImage } from "../../domain/plan/types.js";
import { valueOrThrow } from "../../domain/problems.js";
import { loadProject, type Project } from "../../domain/project/load.js";
import { columns } from "../../domain/render/columns.js";
import { loadSettings } from "../../domain/settings/load.js";
import { projectRoot } from "../../tools/project.js";
import type { RegisterCommand } from "../command.js";
import { baseImpact } from "../impact/base-impact.js";
import { type ImpactFormat, withImpactFormat, writeImpact } from "../impact/write-impact.js";

interface PlanOptions extends ImpactFormat {
  readonly stack: string;
  readonly change?: string;
}

/** `factory plan`. */
export const registerPlan: RegisterCommand = (program) => {
  const command = program
    .command("plan")
    .description("what would be built, in which order, and what is left out; or what a change of a base would rebuild")
    .option("--stack <name>", "whose settings to use", "local")
    .option("--change <base[=digest]>", "the blast radius of a change of this base (to this digest) instead");
  withImpactFormat(command).action(async ({ change, stack, json, markdown }: PlanOptions) => {
    const settings = valueOrThrow("the settings", await loadSettings(projectRoot, stack));
    if (change !== undefined) {
      const { federation, impact, sets } = await baseImpact(projectRoot, settings, change);
      return writeImpact(impact, { json, markdown }, { changeSets: sets, excluded: federation.excluded });
    }
    if (markdown) command.error("error: --markdown draws a change: name one by --change");
    const today = new Date().toISOString().slice(0, 10);
    const { plan } = valueOrThrow("the project", await loadProject(projectRoot, settings, today));
    console.log(json ? JSON.stringify(planDocument(plan), undefined, 2) : renderPlan(plan));
  });
};

type Plan = Project["plan"];

/** The plan without what the catalogue and the Dockerfiles say already. */
export function planDocument({ pools, images, leftOut }: Plan) {
  return {
    pools,
    images: images.map(({ id, wave, buildId, base, namedContexts, buildArgs, labels, revision, node }) => ({
      id,
      kind: node.image.kind,
      wave,
      buildId,
      platforms: node.image.platforms,
      ...(base === undefined ? {} : { base }),
      namedContexts,
      buildArgs,
      labels,
      revision,
    })),
    leftOut,
  };
}

/** A table: wave, image, buildId, what it stands on, revision; then what is left out, and why. */
export function renderPlan({ pools, images, leftOut }: Plan): string {
  const rows = [["wave", "image", "build", "stands on", "revision"], ...images.map(rowOf)];
  const lines = columns(rows);
  if (pools.length > 0) lines.push("", ...columns(pools.map(({ name, digest }) => [`pool/${name}`, digest])));
  if (leftOut.length > 0) lines.push("", "left out:", ...leftOut.map(({ id, reason }) => `  ${id}: ${reason}`));
  return lines.join("\n");
}

function rowOf({ wave, id, buildId, namedContexts, revision }: PlannedImage): readonly string[] {
  const names = namedContexts.map(({ source }) => {
    if (source.kind === "managed") return source.id;
    return source.kind === "external" ? source.repository : `${source.kind}/${source.name}`;
  });
  const commit = revision.commit === "" ? "not committed" : revision.commit.slice(0, 12);
  return [
    String(wave),
    id,
    buildId.slice(0, 12),
    names.length === 0 ? "scratch" : names.join(", "),
    revision.dirty && revision.commit !== "" ? `${commit}, changed since` : commit,
  ];
}
