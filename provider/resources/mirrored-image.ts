import type { CheckFailure } from "@pulumi/pulumi/provider";
import { parseDigestReference } from "../../domain/verification/reference.js";
import type { MirroredImageInputs, MirroredImageState } from "../mirrors/inputs.js";
import type { ResourceHandler } from "../resource-handler.js";

/** Loaded when something is mirrored or looked at: most stacks have no mirrors, and the provider's start counts. */
const work = () => import("../mirrors/mirror-release.js");

/** Keeps a copy of a release in another registry. */
export const mirroredImage: ResourceHandler<MirroredImageInputs, MirroredImageState> = {
  texts: ["attestations"],

  // Not compared: where it comes from, and how to log in.
  compared: ["to", "digest", "tags"],

  check({ digest, from, login }) {
    const failures: CheckFailure[] = [];
    if (digest !== undefined && from !== undefined && parseDigestReference(`${from}@${digest}`) === undefined) {
      failures.push({ property: "digest", reason: `"${from}@${digest}" is no <registry>/<name>@sha256:<digest>` });
    }
    if (login !== undefined && !login.password.startsWith("env:")) {
      failures.push({ property: "login", reason: "the password has to be named by its variable, env:NAME" });
    }
    return failures;
  },

  async create(inputs, { signal }) {
    return { id: inputs.to, state: await (await work()).mirrorRelease(inputs, signal) };
  },

  async update(_id, _old, inputs, { signal }) {
    return (await work()).mirrorRelease(inputs, signal);
  },

  async read(_id, state, { signal }) {
    return (await work()).stillMirrored(state, signal);
  },

  async delete() {},
};
