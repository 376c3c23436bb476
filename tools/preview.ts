import { parseFlags } from "./engine/flags.js";
import { runSession } from "./engine/session.js";
import { renderTroubles } from "./engine/table.js";
import { main } from "./main.js";

/** `npm run preview`: names the images that the next `npm run up` will build, and changes nothing. */
main(async () => {
  const flags = parseFlags(process.argv.slice(2));
  const { exitCode, images, plan, troubles } = await runSession("preview", flags);
  const marked = images.filter(({ state }) => state === "built" || state === "candidate");
  const build = marked.map(({ id }) => id);

  if (flags.json) {
    console.log(JSON.stringify({ build, leftOut: plan.leftOut, problems: troubles }, undefined, 2));
  } else {
    console.log(build.length === 0 ? "nothing to build" : ["to build:", ...build.map((id) => `  ${id}`)].join("\n"));
    if (troubles.length > 0) console.error(`\n${renderTroubles(troubles, plan)}`);
  }
  process.exitCode = exitCode;
});
