import type { CheckFailure } from "@pulumi/pulumi/provider";
import { parseDigestReference } from "../../domain/verification/reference.js";
import type { ResourceHandler } from "../resource-handler.js";
import { parsePublicKey } from "../signing/public-key.js";
import type { VerifiedImageInputs, VerifiedImageState } from "../verify/inputs.js";

/** Loaded when something is verified: most runs verify nothing, and the provider's start counts. */
const work = () => import("../verify/verify-image.js");

/** Verifies an image before anything consumes it; a refresh verifies it again and lets go of one that no longer holds. */
export const verifiedImage: ResourceHandler<VerifiedImageInputs, VerifiedImageState> = {
  texts: ["verifiedPredicates", "attested", "lineage"],

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
    "promoted",
    "evidence",
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
    const refusal = await (await work()).refusalOf(inputs, signal);
    return refusal === undefined ? [] : [{ property: "reference", reason: refusal }];
  },

  async create(inputs, { signal }) {
    return { id: inputs.reference.replace(/@.*/, ""), state: await (await work()).verified(inputs, signal) };
  },

  async update(_id, _old, inputs, { signal }) {
    return (await work()).verified(inputs, signal);
  },

  async read(_id, state, { signal }) {
    return (await work()).stillVerified(state, signal);
  },

  async delete() {},
};
