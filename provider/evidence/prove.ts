import path from "node:path";
import { predicateTypes } from "../../domain/evidence/predicates.js";
import { subjectsOf } from "../../domain/evidence/subjects.js";
import type { CandidateImage } from "../../domain/evidence/types.js";
import { RegistryClient } from "../registry/client.js";
import { readPlatforms } from "../registry/platforms.js";
import type { ResourceContext } from "../resource-handler.js";
import { requireSigningWorkflow } from "../signing/signing-workflow.js";
import { GateError } from "./gate-error.js";
import { gatherEvidence } from "./gather.js";
import type { EvidenceInputs, EvidenceState } from "./inputs.js";
import { publishEvidence } from "./publish.js";
import { readStoredStatements, type StoredStatements } from "./stored-statements.js";
import { openTrustedSigner } from "./trusted-signer.js";
import { writeReports } from "./write-reports.js";

/**
 * Runs all gates on a candidate, and attaches what they found to it, signed. All are judged before anything is signed, so
 * that a refused candidate carries nothing.
 *
 * @throws GateError with everything that was found against it
 */
export async function prove(inputs: EvidenceInputs, { root, signal }: ResourceContext): Promise<EvidenceState> {
  const { registry, insecureRegistry, digest, name, signingKey, verificationKeys } = inputs;
  const client = new RegistryClient(registry, insecureRegistry);
  const signer = await openTrustedSigner(signingKey, verificationKeys, root);
  const repository = repositoryOf(inputs);
  const platforms = await readPlatforms(client, repository, digest, signal);
  const image: CandidateImage = { repository, digest, platforms };
  const subjects = subjectsOf(digest, platforms);
  const stored = await readStored(client, repository, subjects, verificationKeys, signal);
  const gathered = await gatherEvidence({ client, image, inputs, stored, root, signal });
  const reports = new Map([...gathered.reports, ["measures.json", `${JSON.stringify(gathered.measures)}\n`]]);
  await writeReports(path.join(root, ".factory", "reports", name), reports);
  if (gathered.failures.length > 0) throw new GateError(name, digest, gathered.failures);
  const state = `${name} (${digest}) was built, passed every gate, and lies in quarantine.`;
  await requireSigningWorkflow(inputs.signingWorkflow, state, process.env, signal);
  const attested = await publishEvidence(client, repository, gathered.statements, signer, signal);
  const warnings = [...new Set(gathered.warnings.map(({ message, remedy }) => `${message} ${remedy}`))];
  const { measures, packages, summary } = gathered;
  return { ...inputs, summary, warnings, measures, packages, attested };
}

/** Whether all that was attested is still there and signed by a key that counts; a newer scan is as good as the one that it replaced. */
export async function isStillAttested(state: EvidenceState, { signal }: ResourceContext): Promise<boolean> {
  const client = new RegistryClient(state.registry, state.insecureRegistry);
  const subjects = [...new Set(state.attested.map(({ subject }) => subject))];
  const stored = await readStored(client, repositoryOf(state), subjects, state.verificationKeys, signal);
  return state.attested.every(({ subject, predicateType, digest }) => {
    const isScan = predicateType === predicateTypes.scan;
    return stored.get(subject)?.some(({ kind, referrer }) => referrer === digest || (isScan && kind === "scan"));
  });
}

async function readStored(
  client: RegistryClient,
  repository: string,
  subjects: readonly string[],
  keys: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, StoredStatements>> {
  const read = async (subject: string) =>
    [subject, await readStoredStatements(client, repository, subject, keys, signal)] as const;
  return new Map(await Promise.all(subjects.map(read)));
}

function repositoryOf({ registry, name }: EvidenceInputs): string {
  return `${registry}/candidate/${name}`;
}
