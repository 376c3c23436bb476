import { requiredPredicates } from "../../domain/evidence/predicates.js";
import { lineageOf } from "../../domain/verification/chain.js";
import { formatRefusal } from "../../domain/verification/format.js";
import { parseDigestReference } from "../../domain/verification/reference.js";
import type { Verification, VerificationPolicy } from "../../domain/verification/types.js";
import { isVerified } from "../../domain/verification/verify.js";
import { RegistryError } from "../registry/registry-error.js";
import type { VerifiedImageInputs, VerifiedImageState } from "./inputs.js";
import { type VerifiedCopy, verifierOf, verifyCopy } from "./verify-copy.js";

/** What was inspected in this run: what is created or updated next is not verified again. */
const inspected = new Map<string, VerifiedCopy>();

/** Why it may not be consumed; undefined where it may. */
export async function refusalOf(inputs: VerifiedImageInputs, signal: AbortSignal): Promise<string | undefined> {
  try {
    const found = await verify(inputs, signal);
    if (!isVerified(found.verification)) return formatRefusal(found.verification);
    inspected.set(JSON.stringify(inputs), found);
    return undefined;
  } catch (error) {
    if (error instanceof RegistryError) return error.message;
    throw error;
  }
}

/** @throws Error where it may not be consumed, with every reason */
export async function verified(inputs: VerifiedImageInputs, signal: AbortSignal): Promise<VerifiedImageState> {
  const found = inspected.get(JSON.stringify(inputs)) ?? (await verify(inputs, signal));
  if (!isVerified(found.verification)) throw new Error(formatRefusal(found.verification));
  return stateOf(inputs, found);
}

/** @returns undefined where it is gone, or may not be consumed any more */
export async function stillVerified(
  state: VerifiedImageState,
  signal: AbortSignal,
): Promise<VerifiedImageState | undefined> {
  try {
    const found = await verify(state, signal);
    return isVerified(found.verification) ? stateOf(state, found) : undefined;
  } catch (error) {
    if (error instanceof RegistryError && error.notFound) return undefined;
    throw error;
  }
}

/** Where it was promoted already, its copy counts; one that does not hold is mended from where it came. */
async function verify(inputs: VerifiedImageInputs, signal: AbortSignal): Promise<VerifiedCopy> {
  const copy = await promotedCopy(inputs, signal);
  if (copy !== undefined && isVerified(copy.verification)) return copy;
  try {
    const verification = await verifySource(inputs, signal);
    return { verification, lineage: lineageOf(verification) };
  } catch (error) {
    if (copy !== undefined && error instanceof RegistryError) return copy;
    throw error;
  }
}

async function promotedCopy(inputs: VerifiedImageInputs, signal: AbortSignal): Promise<VerifiedCopy | undefined> {
  const { keys, promoted: copy, reference } = inputs;
  const digest = parseDigestReference(reference)?.digest;
  if (copy === undefined || digest === undefined) return undefined;
  return verifyCopy({ copy, digest, keys, policy: policyOf(inputs) }, signal);
}

function verifySource(inputs: VerifiedImageInputs, signal: AbortSignal): Promise<Verification> {
  const { reference, insecureRegistry, keys } = inputs;
  const parsed = parseDigestReference(reference);
  if (parsed === undefined) throw new Error(`"${reference}" names no digest`);
  const [registry = ""] = parsed.repository.split("/");
  const options = { registry, keys, ...(insecureRegistry === undefined ? {} : { insecure: insecureRegistry }) };
  return verifierOf(options).verify(parsed, policyOf(inputs), signal);
}

function policyOf(inputs: VerifiedImageInputs): VerificationPolicy {
  const { builders, sources, requiredPlatforms, development, maxScanAge, maxDatabaseAge, scan, recalls } = inputs;
  return {
    builders,
    sources,
    ...(requiredPlatforms === undefined ? {} : { platforms: requiredPlatforms }),
    development: development ?? false,
    ...(maxScanAge === undefined ? {} : { maxScanAge }),
    ...(maxDatabaseAge === undefined ? {} : { maxDatabaseAge }),
    ...(scan === undefined ? {} : { scan }),
    recalls: recalls ?? [],
  };
}

function stateOf(inputs: VerifiedImageInputs, { verification, lineage }: VerifiedCopy): VerifiedImageState {
  const { attested, digest, platforms, origin } = verification;
  const { builder = "", source = "", revision = "" } = origin ?? {};
  const verifiedPredicates = [...new Set([...requiredPredicates.index, ...requiredPredicates.platform])];
  return { ...inputs, digest, platforms, verifiedPredicates, builder, source, revision, attested, lineage };
}
