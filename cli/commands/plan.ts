import type { PlannedImage } from "../../domain/plan/types.js";
import { valueOrThrow } from "../../domain/problems.js";
import { loadProject, type Project } from "../../domain/project/load.js";
import { loadSettings } from "../../domain/settings/load.js";
import { projectRoot } from "../../tools/project.js";
import type { RegisterCommand } from "../command.js";

interface PlanOptions {
  readonly stack: string;
  readonly json?: true;
}

/** `factory plan`. */
export const registerPlan: RegisterCommand = (program) => {
  program
    .command("plan")
    .description("what would be built, in which order, and what is left out")
    .option("--stack <name>", "whose settings to use", "local")
    .option("--json", "print the plan as JSON")
    .action(async ({ stack, json }: PlanOptions) => {
      const settings = valueOrThrow("the settings", await loadSettings(projectRoot, stack));
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
  const lines = table(rows);
  if (pools.length > 0) lines.push("", ...table(pools.map(({ name, digest }) => [`pool/${name}`, digest])));
  if (leftOut.length > 0) lines.push("", "left out:", ...leftOut.map(({ id, reason }) => `  ${id}: ${reason}`));
  return lines.join("\n");
}

function rowOf({ wave, id, buildId, namedContexts, revision }: PlannedImage): readonly string[] {
  const names = namedContexts.map(({ source }) => {
    if (source.kind === "managed") return source.id;
    return source.kind === "pool" ? `pool/${source.name}` : source.repository;
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

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
