import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { renderBake } from "../domain/render/bake.js";
import { parseFlags } from "./engine/flags.js";
import { runSession } from "./engine/session.js";
import { renderTable, renderTroubles, renderWarnings } from "./engine/table.js";
import { main } from "./main.js";
import { projectRoot } from "./project.js";
import { recordRun } from "./reports/record-run.js";

/** `npm run up`: builds what changed, checks it, releases it, and ends with a table of all images. */
main(async () => {
  const flags = parseFlags(process.argv.slice(2));
  const session = await runSession("up", flags);
  const { images, plan, settings } = session;
  const recorded = await recordRun({ ...session, root: projectRoot });
  const troubles = [...session.troubles, ...recorded.troubles];
  const digests = new Map(images.flatMap(({ id, digest }) => (digest === undefined ? [] : [[id, digest] as const])));
  await writeFile(join(projectRoot, "docker-bake.hcl"), renderBake(plan, { registry: settings.registry, digests }));

  if (flags.json) {
    console.log(JSON.stringify({ run: recorded.id, images, leftOut: plan.leftOut, problems: troubles }, undefined, 2));
  } else {
    console.log(renderTable(images, plan.leftOut));
    const warnings = renderWarnings(images);
    if (warnings !== "") console.error(`\nwarnings\n${warnings}`);
    if (troubles.length > 0) console.error(`\n${renderTroubles(troubles, plan)}`);
  }
  process.exitCode = session.exitCode === 0 && recorded.troubles.length > 0 ? 70 : session.exitCode;
});
