import type { CheckFailure } from "@pulumi/pulumi/provider";
import { type PredicateKind, requiredPredicates } from "../../domain/evidence/predicates.js";
import type { PlatformManifest } from "../../domain/evidence/types.js";
import type { Recall } from "../../domain/recall/types.js";
import type { ScanPolicy } from "../../domain/scan/judgement.js";
import { formatRefusal } from "../../domain/verification/format.js";
import { parseDigestReference } from "../../domain/verification/reference.js";
import type { Verification, VerificationPolicy } from "../../domain/verification/types.js";
import { isVerified } from "../../domain/verification/verify.js";
import { RegistryError } from "../registry/registry-error.js";
import type { ResourceHandler } from "../resource-handler.js";
import { parsePublicKey } from "../signing/public-key.js";
import { Verifier } from "../verify/verifier.js";

interface VerifiedImageInputs {
  readonly reference: string;
  readonly insecureRegistry?: boolean;
  readonly keys: readonly string[];
  readonly builders: readonly string[];
  readonly sources: readonly string[];
  readonly requiredPlatforms?: readonly string[];
  readonly development?: boolean;
  readonly maxScanAge?: number;
  readonly maxDatabaseAge?: number;
  readonly scan?: ScanPolicy;
  readonly recalls?: readonly Recall[];
  /** Whether the reference is plain text in the program: then it is verified in previews too. */
  readonly literal: boolean;
}

interface VerifiedImageState extends VerifiedImageInputs {
  readonly digest: string;
  readonly platforms: readonly PlatformManifest[];
  readonly verifiedPredicates: readonly PredicateKind[];
  readonly builder: string;
  readonly source: string;
  readonly revision: string;
}

/** Verifies an image before anything consumes it; a refresh verifies it again and lets go of one that no longer holds. */
export const verifiedImage: ResourceHandler<VerifiedImageInputs, VerifiedImageState> = {
  compared: [
    "reference",
    "insecureRegistry",
    "keys",
    "builders",
    "sources",
    "requiredPlatforms",
    "development",
    "maxScanAge",
    "maxDatabaseAge",
    "scan",
    "recalls",
  ],

  check({ reference, keys, builders, sources }) {
    const failures: CheckFailure[] = [];
    if (reference !== undefined && parseDigestReference(reference) === undefined) {
      const reason = `"${reference}" is no <registry>/<name>@sha256:<digest>; a tag can move, and nothing is proved of it`;
      failures.push({ property: "reference", reason });
    }
    if (keys?.length === 0 || keys?.some((key) => parsePublicKey(key) === undefined)) {
      const reason = "allowed is a list of public keys (PEM, ECDSA on P-256), at least one";
      failures.push({ property: "keys", reason });
    }
    for (const [property, values] of Object.entries({ builders, sources })) {
      if (values?.length !== 0) continue;
      failures.push({ property, reason: "it is empty, so that no image could pass; name at least one" });
    }
    return failures;
  },

  async inspect(inputs, { signal }) {
    if (!inputs.literal) return [];
    const refusal = await refusalOf(inputs, signal);
    return refusal === undefined ? [] : [{ property: "reference", reason: refusal }];
  },

  async create(inputs, { signal }) {
    return { id: inputs.reference.replace(/@.*/, ""), state: await verified(inputs, signal) };
  },

  async update(_id, _old, inputs, { signal }) {
    return verified(inputs, signal);
  },

  async read(_id, state, { signal }) {
    try {
      const verification = await verify(state, signal);
      return isVerified(verification) ? stateOf(state, verification) : undefined;
    } catch (error) {
      if (error instanceof RegistryError && error.notFound) return undefined;
      throw error;
    }
  },

  async delete() {},
};

/** What was inspected in this run: what is created or updated next is not verified again. */
const inspected = new Map<string, Verification>();

async function refusalOf(inputs: VerifiedImageInputs, signal: AbortSignal): Promise<string | undefined> {
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

async function verified(inputs: VerifiedImageInputs, signal: AbortSignal): Promise<VerifiedImageState> {
  const verification = inspected.get(JSON.stringify(inputs)) ?? (await verify(inputs, signal));
  if (!isVerified(verification)) throw new Error(formatRefusal(verification));
  return stateOf(inputs, verification);
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
