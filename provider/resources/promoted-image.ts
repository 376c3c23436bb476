import type { CheckFailure } from "@pulumi/pulumi/provider";
import { parseDigestReference } from "../../domain/verification/reference.js";
import type { PromotedImageInputs, PromotedImageState } from "../promotion/inputs.js";
import type { ResourceHandler } from "../resource-handler.js";

/** Loaded when something is promoted or looked at: most runs do neither, and the provider's start counts. */
const work = () => import("../promotion/promote.js");

/** Copies a verified image to another stage's registry, vouches for it there, and tags it. */
export const promotedImage: ResourceHandler<PromotedImageInputs, PromotedImageState> = {
  texts: ["attested", "lineage", "attestations"],

  // Not compared: where it came from, what was verified there, and under which policy. The digest is the same, and so is all
  // under it; what was vouched for stays so.
  compared: [
    "registry",
    "name",
    "digest",
    "buildId",
    "movingTags",
    "head",
    "signingKey",
    "verificationKeys",
    "verifier",
  ],

  check({ digest, source }) {
    const failures: CheckFailure[] = [];
    if (digest !== undefined && source !== undefined && parseDigestReference(`${source}@${digest}`) === undefined) {
      const reason = `"${source}@${digest}" is no <registry>/<name>@sha256:<digest>; a VerifiedImage has both`;
      failures.push({ property: "digest", reason });
    }
    return failures;
  },

  async create(inputs, context) {
    return { id: `${inputs.registry}/${inputs.name}`, state: await (await work()).promote(inputs, context) };
  },

  async update(_id, _old, inputs, context) {
    return (await work()).promote(inputs, context);
  },

  async read(_id, state, { signal }) {
    return (await work()).stillPromoted(state, signal);
  },

  async delete() {},
};
