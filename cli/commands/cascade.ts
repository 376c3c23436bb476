import { cascadeProgress } from "../../domain/federation/change-sets.js";
import { releasedSince } from "../../domain/federation/released.js";
import { ProblemsError, valueOrThrow } from "../../domain/problems.js";
import { renderChangeSets, renderExcluded } from "../../domain/render/federation-text.js";
import { summaryOf } from "../../domain/render/impact-text.js";
import { loadSettings } from "../../domain/settings/load.js";
import { projectRoot } from "../../tools/project.js";
import type { RegisterCommand } from "../command.js";
import { baseImpact } from "../impact/base-impact.js";

interface Options {
  readonly stack: string;
  readonly json?: true;
}

/** `factory cascade BASE`. */
export const registerCascade: RegisterCommand = (program) => {
  program
    .command("cascade")
    .description(
      "how far the last change of a base has come: repository by repository, what is awaited, and until when",
    )
    .argument("<base>", "a watched image or a base of ours")
    .option("--stack <name>", "whose settings and states to use", "local")
    .option("--json", "print JSON")
    .action(async (written: string, { json, stack }: Options) => {
      const settings = valueOrThrow("the settings", await loadSettings(projectRoot, stack));
      const { base, federation, impact, sets, states } = await baseImpact(projectRoot, settings, written);
      const adopted = states.get(base)?.adopted;
      if (adopted === undefined) throw new ProblemsError("the command", [neverAdopted(base, settings.state)]);
      const started = Date.parse(adopted.at);
      const seen = states.get(base)?.ledger.find(({ digest }) => digest === adopted.digest)?.firstSeen ?? adopted.at;
      const released = releasedSince(federation, states.values(), { seen: Date.parse(seen), adopted: started });
      const standings = cascadeProgress(federation, impact, started, released, Date.now());
      if (json) {
        const images = Object.fromEntries(standings);
        const { excluded } = federation;
        console.log(JSON.stringify({ base, adopted, changeSets: sets, images, excluded }, undefined, 2));
        return;
      }
      const subject = summaryOf({ ...impact, subject: `${base} at ${adopted.digest}, since ${adopted.at}` });
      console.log([subject, ...renderChangeSets(sets, standings), ...renderExcluded(federation.excluded)].join("\n"));
    });
};

function neverAdopted(base: string, folder: string) {
  const message = `no digest of ${base} was ever adopted, so nothing has followed from it.`;
  return { place: { file: folder }, message, remedy: `\`npx factory plan --change ${base}\` says what would follow.` };
}
