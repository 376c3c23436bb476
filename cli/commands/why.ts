import { loadImageGraph } from "../../domain/graph/load.js";
import { ProblemsError, valueOrThrow } from "../../domain/problems.js";
import { renderWhy } from "../../domain/render/why-text.js";
import { loadSettings } from "../../domain/settings/load.js";
import { loadState } from "../../domain/state/load.js";
import { didYouMean } from "../../domain/suggest.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { loadVerificationKeys } from "../../provider/signing/verification-keys.js";
import { why } from "../../provider/why/why.js";
import { projectRoot } from "../../tools/project.js";
import type { RegisterCommand } from "../command.js";

interface Options {
  readonly stack: string;
  readonly json?: true;
}

/** `factory why IMAGE[@digest]`. */
export const registerWhy: RegisterCommand = (program) => {
  program
    .command("why")
    .description(
      "why a release is there: the chain of causes, packages, vulnerabilities and size, by base and own part",
    )
    .argument("<image>", "an image's id, with @sha256:... for another release than the newest")
    .option("--stack <name>", "whose settings and states to use", "local")
    .option("--json", "print JSON")
    .action(async (written: string, { json, stack }: Options) => {
      const [image = "", digest] = written.split("@");
      const settings = valueOrThrow("the settings", await loadSettings(projectRoot, stack));
      const states = valueOrThrow("the states", await loadState(projectRoot, settings.state));
      const { value } = await loadImageGraph(projectRoot, settings);
      const ids = value.graph.nodes.map(({ id }) => id);
      const { channel, insecureRegistry, registry } = settings;
      const client = new RegistryClient(registry, insecureRegistry);
      const keys = await loadVerificationKeys(projectRoot, settings);
      const { signal } = new AbortController();
      const source = { client, registry, keys, signal, channel, states };
      const record = await why({ ...source, image, ...(digest === undefined ? {} : { digest }) });
      if (record === undefined) throw new ProblemsError("the command", [notReleased(written, registry, ids)]);
      process.stdout.write(json ? `${JSON.stringify(record, undefined, 2)}\n` : renderWhy(record));
    });
};

function notReleased(written: string, registry: string, ids: readonly string[]) {
  const message = `there is no release ${written} in ${registry}.`;
  const [image = ""] = written.split("@");
  const remedy = ids.includes(image)
    ? "Release it: npm run up."
    : `${didYouMean(image, ids)}Known images: ${ids.join(", ")}.`;
  return { place: { file: "factory why" }, message, remedy };
}
