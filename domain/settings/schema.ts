import { z } from "zod";
import { nameSchema } from "../catalogue/names.js";
import { platformsSchema, uniqueList } from "../catalogue/scalars.js";
import { addProblem } from "../yaml/check.js";
import { cloudSchema } from "./cloud.js";
import { mirrorsSchema } from "./mirrors.js";
import { notifySchema } from "./notify.js";
import { promotesSchema } from "./promotes.js";
import { releaseSchema, reservedFor } from "./release.js";
import { builderIdSchema, insideSchema, registrySchema } from "./scalars.js";
import { scanSettingsSchema } from "./scan.js";

const tagSchema = z
  .string()
  .regex(/^\w[\w.-]{0,127}$/)
  .meta({ description: "a tag", examples: ["edge"] });

/** `latest` may be a channel: both move with every release. */
const channelSchema = tagSchema.superRefine((tag, context) => {
  const meaning = tag === "latest" ? undefined : reservedFor(tag);
  if (meaning === undefined) return;
  addProblem(context, `the tag "${tag}" is reserved for ${meaning}.`, 'Choose a word, e.g. "edge".');
});

const stateSchema = insideSchema.meta({
  description: "a folder relative to the project's root",
  examples: ["state"],
});

/** A file in cosign's format, or a key that never leaves a key management service. */
const signingKeySchema = z
  .string()
  .regex(/^(?:awskms:\/\/[\w.:-]*\/[\w:/-]+|[\w.-]+(?:\/[\w.-]+)*)$/)
  .meta({
    description: "the private key that signs: a file relative to the project's root, or a key of AWS KMS",
    examples: ["keys/cosign.key", "awskms:///alias/image-factory"],
  });

/** As the forge names it in the tokens of its jobs: a file of a repository at a branch or tag. */
const signingWorkflowSchema = z
  .string()
  .regex(/^[\w.-]+(?:\/{1,2}[\w.-]+)+@refs\/(?:heads|tags)\/[\w./-]+$/)
  .meta({
    description: "the one workflow that may sign, with its branch or tag",
    examples: ["example/images/.github/workflows/build.yml@refs/heads/main"],
  });

const sourceSchema = z
  .string()
  .meta({ description: "the source repository's address", examples: ["https://github.com/example/images"] })
  .superRefine((address, context) => {
    const remedy = 'Write it without, e.g. "https://github.com/example/images".';
    if (!URL.canParse(address)) {
      addProblem(context, "this is not an address.", 'Write one such as "https://github.com/example/images".');
    } else if (new URL(address).username !== "" || new URL(address).password !== "") {
      addProblem(context, "the address holds a user or a password, which every image would show.", remedy);
    }
  });

/** The namespace `factory` of a stack's configuration. `Pulumi.local.yaml` explains every key. */
export const settingsSchema = z.strictObject({
  "factory:registry": registrySchema,
  "factory:insecureRegistry": z.boolean().meta({ description: "true for a registry without TLS" }).exactOptional(),
  "factory:builder": z
    .string()
    .regex(/^[a-zA-Z][\w.-]*$/)
    .meta({ description: "a buildx builder's name", examples: ["factory"] })
    .default("factory"),
  "factory:platforms": platformsSchema.default(["linux/amd64", "linux/arm64"]),
  "factory:cache": z.enum(["off", "min", "max"]).meta({ description: "the registry cache's mode" }).default("off"),
  "factory:channel": channelSchema.exactOptional(),
  "factory:release": releaseSchema.prefault("channel"),
  "factory:source": sourceSchema.exactOptional(),
  "factory:state": stateSchema.default("state"),
  "factory:stateBranch": z
    .string()
    .regex(/^[A-Za-z0-9][\w-]*(?:[./][\w-]+)*$/)
    .meta({ description: "a branch that holds nothing but states", examples: ["factory-state"] })
    .exactOptional(),
  "factory:evidence": z
    .boolean()
    .meta({
      description: "false to release without tests, SBOM, scan, provenance and signature, on a local stack only",
    })
    .default(true),
  "factory:signingKey": signingKeySchema.exactOptional(),
  "factory:verificationKeys": uniqueList(insideSchema)
    .meta({ description: "a list of files with public keys (PEM)", examples: [["keys/staging.pub"]] })
    .exactOptional(),
  "factory:builderId": builderIdSchema.exactOptional(),
  "factory:scan": scanSettingsSchema.prefault({}),
  "factory:signingWorkflow": signingWorkflowSchema.exactOptional(),
  "factory:notify": notifySchema.exactOptional(),
  "factory:promotes": promotesSchema.exactOptional(),
  "factory:mirrors": mirrorsSchema.default([]),
  "factory:allowedRegistries": uniqueList(registrySchema)
    .meta({ description: "a list of registries", examples: [["docker.io", "quay.io/prometheus"]] })
    .default([]),
  "factory:with": uniqueList(nameSchema)
    .meta({ description: "a list of image variants", examples: [["cuda-vllm"]] })
    .default([]),
  "factory:only": uniqueList(nameSchema)
    .meta({ description: "a list of image variants", examples: [["python", "web-api"]] })
    .default([]),
  "factory:cloud": cloudSchema.exactOptional(),
});

export type SettingsYaml = z.output<typeof settingsSchema>;
