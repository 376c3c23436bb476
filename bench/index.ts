import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { withProgress } from "../tools/machine/progress.js";
import { main } from "../tools/main.js";
import { benchBaseChange } from "./base-change.js";
import { benchCascade } from "./cascade.js";
import { benchCompression } from "./compression.js";
import { benchDevcontainer } from "./devcontainer.js";
import { benchEvidenceNoChange } from "./evidence-no-change.js";
import { benchKargo } from "./kargo.js";
import { benchNewImage } from "./new-image.js";
import { benchNoChange } from "./no-change.js";
import { benchOneFile } from "./one-file.js";
import { benchPlan } from "./plan.js";
import { benchPolicies } from "./policies.js";
import { benchPromotion } from "./promotion.js";
import { benchReferences } from "./references.js";
import { benchRescan } from "./rescan.js";
import { benchRollback } from "./rollback.js";
import { benchSharedContext } from "./shared-context.js";
import { benchSignatures } from "./signatures.js";
import { benchStagingPreview } from "./staging-preview.js";
import { renderRows } from "./table.js";
import type { BenchRow } from "./types.js";
import { benchWatchBuild } from "./watch-build.js";
import { benchWatchEvent } from "./watch-event.js";

/** In the order in which they run: `cascade` and `plan` look at the memory of the whole process, so nothing bigger may run before them. */
const benches: Readonly<Record<string, () => Promise<readonly BenchRow[]>>> = {
  cascade: benchCascade,
  "watch-event": benchWatchEvent,
  plan: benchPlan,
  kargo: benchKargo,
  policies: benchPolicies,
  references: benchReferences,
  "staging-preview": benchStagingPreview,
  "no-change": benchNoChange,
  "watch-build": benchWatchBuild,
  "shared-context": benchSharedContext,
  "one-file": benchOneFile,
  "devcontainer-top-layer": benchDevcontainer,
  compression: benchCompression,
  "base-change": benchBaseChange,
  signatures: benchSignatures,
  rescan: benchRescan,
  promotion: benchPromotion,
  rollback: benchRollback,
  "evidence-no-change": benchEvidenceNoChange,
  "new-image": benchNewImage,
};

/** `npm run bench -- [--json] [NAME ...]`: measures, and ends with 1 where a goal is missed. */
main(async () => {
  const { values, positionals } = parseArgs({ options: { json: { type: "boolean" } }, allowPositionals: true });
  const unknown = positionals.filter((name) => !(name in benches));
  if (unknown.length > 0) {
    console.error(`no bench ${unknown.join(", ")}; there are ${Object.keys(benches).join(", ")}`);
    process.exitCode = 2;
    return;
  }
  const rows: BenchRow[] = [];
  for (const [name, bench] of Object.entries(benches)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    const measured = await withProgress(name, bench);
    if (values.json !== true) console.log(renderRows(measured));
    rows.push(...measured);
  }
  const load = loadavg().map((average) => average.toFixed(1));
  if (values.json === true) console.log(JSON.stringify({ load: loadavg(), rows }, undefined, 2));
  else console.log(`\nLoad of the machine over the last 1, 5 and 15 minutes: ${load.join(", ")}`);
  if (rows.some(({ goal }) => goal?.met === false)) process.exitCode = 1;
});
