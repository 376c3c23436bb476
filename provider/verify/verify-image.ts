import { requiredPredicates } from "../../domain/evidence/predicates.js";
import { formatRefusal } from "../../domain/verification/format.js";
import { parseDigestReference } from "../../domain/verification/reference.js";
import type { Verification, VerificationPolicy } from "../../domain/verification/types.js";
import { isVerified } from "../../domain/verification/verify.js";
import { RegistryError } from "../registry/registry-error.js";
import type { VerifiedImageInputs, VerifiedImageState } from "./inputs.js";
import { Verifier } from "./verifier.js";

/** What was inspected in this run: what is created or updated next is not verified again. */
const inspected = new Map<string, Verification>();

/** Why it may not be consumed; undefined where it may. */
export async function refusalOf(inputs: VerifiedImageInputs, signal: AbortSignal): Promise<string | undefined> {
  try {
    const verification = await verify(inputs, signal);
    if (!isVerified(verification)) return formatRefusal(verification);
    inspected.set(JSON.stringify(inputs), verification);
    return undefined;
  } catch (error) {
    if (error instanceof RegistryError) return error.message;
    throw error;
  }
}

/** @throws Error where it may not be consumed, with every reason */
export async function verified(inputs: VerifiedImageInputs, signal: AbortSignal): Promise<VerifiedImageState> {
  const verification = inspected.get(JSON.stringify(inputs)) ?? (await verify(inputs, signal));
  if (!isVerified(verification)) throw new Error(formatRefusal(verification));
  return stateOf(inputs, verification);
}

/** @returns undefined where it is gone, or may not be consumed any more */
export async function stillVerified(
  state: VerifiedImageState,
  signal: AbortSignal,
): Promise<VerifiedImageState | undefined> {
  try {
    const verification = await verify(state, signal);
    return isVerified(verification) ? stateOf(state, verification) : undefined;
  } catch (error) {
    if (error instanceof RegistryError && error.notFound) return undefined;
    throw error;
  }
}

/** One for each registry and set of keys: what images stand on is read once for all of them. */
const verifiers = new Map<string, Verifier>();

function verify(inputs: VerifiedImageInputs, signal: AbortSignal): Promise<Verification> {
  const { reference, insecureRegistry, keys } = inputs;
  const parsed = parseDigestReference(reference);
  if (parsed === undefined) throw new Error(`"${reference}" names no digest`);
  const [registry = ""] = parsed.repository.split("/");
  const options = { registry, keys, ...(insecureRegistry === undefined ? {} : { insecure: insecureRegistry }) };
  const name = JSON.stringify(options);
  const verifier = verifiers.get(name) ?? new Verifier(options);
  verifiers.set(name, verifier);
  return verifier.verify(parsed, policyOf(inputs), signal);
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

function stateOf(inputs: VerifiedImageInputs, { digest, platforms, origin }: Verification): VerifiedImageState {
  const { builder = "", source = "", revision = "" } = origin ?? {};
  const verifiedPredicates = [...new Set([...requiredPredicates.index, ...requiredPredicates.platform])];
  return { ...inputs, digest, platforms, verifiedPredicates, builder, source, revision };
}
