import { writeFile } from "node:fs/promises";
import { parseImageName } from "../../domain/dockerfile/image-name.js";
import { type Problem, ProblemsError, valueOrThrow } from "../../domain/problems.js";
import { loadRecalls, RECALLS_FILE } from "../../domain/recall/load.js";
import type { Recall } from "../../domain/recall/types.js";
import { writeRecalls } from "../../domain/recall/write.js";
import { renderKyvernoPolicy } from "../../domain/render/kyverno.js";
import { loadSettings } from "../../domain/settings/load.js";
import { verificationPolicyOf } from "../../domain/verification/policy.js";
import { loadVerificationKeys } from "../../provider/signing/verification-keys.js";
import { Verifier } from "../../provider/verify/verifier.js";
import { projectRoot } from "../../tools/project.js";
import { openStateStore } from "../../tools/rebuild/open-store.js";
import { carryOutRecalls, type Recalled } from "../../tools/rebuild/recall.js";
import { releasedHere } from "../../tools/rebuild/released.js";
import type { StateStore } from "../../tools/rebuild/state-store.js";
import { loadWatchProject } from "../../tools/rebuild/watch-project.js";
import type { RegisterCommand } from "../command.js";
import { person } from "../person.js";

interface Options {
  readonly stack: string;
  readonly reason?: string;
  readonly kyverno?: string;
}

/** `factory recall [IMAGE...]`. */
export const registerRecall: RegisterCommand = (program) => {
  program
    .command("recall")
    .description("ban digests and all that was built on them, and put tags and pins back to the last good generation")
    .argument("[image...]", "what to add to recalls.yaml: name@sha256:..., or a name for the digest that it means now")
    .option("--reason <text>", "why nothing may consume it; needed with an image")
    .option("--kyverno <file>", "write a ClusterPolicy for Kyverno that denies all that is recalled")
    .option("--stack <name>", "whose registry, states and settings to use", "local")
    .action(async (images: readonly string[], { stack, reason, kyverno }: Options) => {
      const settings = valueOrThrow("the settings", await loadSettings(projectRoot, stack));
      const store = await openStateStore(projectRoot, settings);
      const before = valueOrThrow("the recalls", await loadRecalls(projectRoot));
      const added = await recallsFor(images, reason, before, store);
      if (added.length > 0) await writeRecalls(projectRoot, [...before, ...added]);
      if (settings.promotes !== undefined) {
        // Its tags mean what its releases file says: a recall changes the plan's input, and moves none of them.
        const next = `While ${settings.promotes.releases} names what is recalled, pulumi up --stack ${stack} refuses.`;
        console.log(`${next} Go back with: npx factory rollback IMAGE --stack ${stack}. Commit both files.`);
        return;
      }
      const project = await loadWatchProject(projectRoot, settings);
      const { insecureRegistry: insecure, registry } = settings;
      const [host = ""] = registry.split("/");
      const recalled = await carryOutRecalls({
        root: projectRoot,
        settings,
        project,
        store,
        released: releasedHere(settings, project.graph),
        verifier: new Verifier({ registry: host, insecure, keys: await loadVerificationKeys(projectRoot, settings) }),
        policy: verificationPolicyOf(settings, project.recalls),
        now: Date.now(),
      });
      if (kyverno !== undefined) await writeFile(kyverno, renderKyvernoPolicy(recalled.denials));
      process.stdout.write(renderRecalled(recalled));
    });
};

async function recallsFor(
  images: readonly string[],
  reason: string | undefined,
  before: readonly Recall[],
  store: StateStore,
): Promise<readonly Recall[]> {
  if (images.length === 0) return [];
  const states = await store.read();
  const date = new Date().toISOString().slice(0, 10);
  const problems: Problem[] = [];
  const added: Recall[] = [];
  const refuse = (file: string, message: string, remedy: string) => problems.push({ place: { file }, message, remedy });
  if (reason === undefined) refuse(RECALLS_FILE, "a recall needs a reason.", 'Add --reason "its openssl leaks keys".');
  for (const image of images) {
    const [name = "", written] = image.split("@");
    const digest = written ?? states.get(name)?.adopted?.digest ?? states.get(fullNameOf(name))?.adopted?.digest;
    if (digest === undefined) {
      refuse(
        image,
        `no digest of "${name}" is known.`,
        `Write ${name}@sha256:..., or a name that factory status lists.`,
      );
    } else if (!/^sha256:[0-9a-f]{64}$/.test(digest)) {
      refuse(image, `"${digest}" is no digest.`, "Write sha256: and 64 hexadecimal digits; a tag can move.");
    } else if (![...before, ...added].some((recall) => recall.digest === digest)) {
      added.push({ digest, image: name, reason: reason ?? "", by: person(), date });
    }
  }
  if (problems.length > 0) throw new ProblemsError("the command", problems);
  return added;
}

function fullNameOf(name: string): string {
  const parsed = parseImageName(name);
  return parsed === undefined ? name : `${parsed.domain}/${parsed.path}:${parsed.tag}`;
}

function renderRecalled({ moves, tags, denials }: Recalled): string {
  const lines = [
    ...moves.map(({ image, kind, reason }) => `${image}: ${kind}, since ${reason}`),
    ...[...tags].map(([image, names]) => `${image}: ${names.join(", ")} moved`),
    `${denials.length} digests are denied; commit recalls.yaml and denials.yaml.`,
    ...(moves.length === 0 ? [] : ["What is old now is rebuilt on good bases by factory watch, or npm run up."]),
  ];
  return `${lines.join("\n")}\n`;
}
