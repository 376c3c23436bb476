import { z } from "zod";
import { addProblem } from "../yaml/check.js";
import { nameSchema } from "./names.js";
import { repositorySchema } from "./repository.js";
import {
  dateSchema,
  durationSchema,
  patternSchema,
  percentageSchema,
  platformSchema,
  platformsSchema,
  sizeSchema,
  uniqueList,
} from "./scalars.js";
import { imageScanSchema } from "./scan.js";
import { smokeSchema } from "./smoke.js";
import { compressions } from "./types.js";

const text = (description: string, ...examples: string[]) =>
  z
    .string()
    .min(1)
    .meta({ description, ...(examples.length === 0 ? {} : { examples }) });

/** Labels that the factory computes; an author's value would be a claim that nothing proves. */
export const computedLabels = [
  "org.opencontainers.image.created",
  "org.opencontainers.image.source",
  "org.opencontainers.image.revision",
  "org.opencontainers.image.version",
  "org.opencontainers.image.base.name",
  "org.opencontainers.image.base.digest",
] as const;

const rebuildSchema = z
  .strictObject({
    delay: durationSchema.exactOptional(),
    autoRebuild: z
      .boolean()
      .meta({ description: "true to rebuild without asking when a soaked digest is adopted" })
      .exactOptional(),
  })
  .meta({ description: "when a new digest of what this stands on leads to a rebuild" });

const tagsSchema = z
  .strictObject({
    channel: z.boolean().meta({ description: "true for a moving tag named after the stack's channel" }).default(true),
    semver: z
      .string()
      .regex(/^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?$/)
      .meta({ description: "a semantic version; gives the tags X.Y.Z, X.Y and X", examples: ["1.4.0"] })
      .exactOptional(),
    commit: z.boolean().meta({ description: "true for an immutable tag c-<revision>" }).default(false),
  })
  .meta({ description: "rule of the release tags; b-<buildId> always exists beside them" });

const argumentName = z
  .string()
  .regex(/^[A-Za-z_]\w*$/)
  .meta({ description: "an argument's name", examples: ["VERSION"] });

const variantSchema = z
  .strictObject({
    target: text("the stage to build", "dev").exactOptional(),
    args: z
      .record(argumentName, z.string())
      .meta({ description: "a mapping of build arguments to text", examples: [{ CUDA: "12.5" }] })
      .default({}),
    smoke: smokeSchema.exactOptional(),
  })
  .meta({ description: "a variant: a target stage, build arguments, or both" })
  .superRefine((variant, context) => {
    if (variant.target !== undefined || Object.keys(variant.args).length > 0) return;
    addProblem(
      context,
      "neither target nor args: it would be the image itself.",
      "Give it a target or args, or remove it.",
    );
  });

export const labelsSchema = z
  .record(z.string(), z.string())
  .meta({ description: "a mapping of OCI labels to text", examples: [{ "org.opencontainers.image.licenses": "MIT" }] })
  .superRefine((labels, context) => {
    for (const name of Object.keys(labels)) {
      if (!(computedLabels as readonly string[]).includes(name)) continue;
      const from = name.endsWith(".version") ? " from tags.semver" : "";
      addProblem(context, `the factory sets this label itself${from}.`, "Remove it.", [name]);
    }
  });

const budgetSchema = sizeSchema.superRefine((bytes, context) => {
  if (bytes > 0) return;
  addProblem(context, "a budget of zero lets nothing pass.", 'Write a size, e.g. "900MB", or remove the line.');
});

const growthBudgetSchema = z
  .strictObject({ absolute: sizeSchema.exactOptional(), relative: percentageSchema.exactOptional() })
  .meta({
    description: "how much larger than its last release each platform may be, compressed; what is smaller counts",
    examples: [{ absolute: "20MB", relative: "10%" }],
  })
  .superRefine((budget, context) => {
    const entries = Object.entries(budget);
    if (entries.length === 0) {
      addProblem(context, "neither absolute nor relative: it limits nothing.", "Give it one of the two, or remove it.");
    }
    for (const [name, limit] of entries) {
      if (limit > 0) continue;
      const remedy = 'Write a size, e.g. absolute: "20MB", or a percentage, e.g. relative: "10%".';
      addProblem(context, "a budget of zero lets nothing pass.", remedy, [name]);
    }
  });

/** `image.yaml`, beside the Dockerfile. Optional, and so is every key. */
export const imageSchema = z
  .strictObject({
    owner: text("the team that answers for the image", "payments").exactOptional(),
    description: text("one sentence on what the image is for").exactOptional(),
    platforms: platformsSchema.exactOptional(),
    tags: tagsSchema.prefault({}),
    variants: z
      .record(nameSchema, variantSchema)
      .meta({ description: "a mapping of variant names to target and args" })
      .default({}),
    compression: z
      .enum(compressions)
      .meta({ description: "how its own layers are compressed; those of its base stay as they are" })
      .default("gzip"),
    sizeBudget: budgetSchema.exactOptional(),
    growthBudget: growthBudgetSchema.exactOptional(),
    scan: imageScanSchema.exactOptional(),
    suppliers: z
      .record(z.string(), text("who supplies the package", "Example Organisation"))
      .meta({
        description: "a mapping of packages that do not name their supplier themselves to who it is",
        examples: [{ "left-pad": "Example Organisation" }],
      })
      .default({}),
    smoke: smokeSchema.exactOptional(),
    context: z
      .enum(["folder", "project"])
      .meta({ description: "where the build takes files from: the image's folder, or the project's root" })
      .default("folder"),
    runner: z.enum(["cpu", "gpu"]).meta({ description: "what the build needs to run on" }).default("cpu"),
    onDemand: text("why this is built only where factory:with names it", "its inputs are 1 GB").exactOptional(),
    rebuild: rebuildSchema.default({}),
    labels: labelsSchema.default({}),
    mixins: uniqueList(nameSchema)
      .meta({ description: "a list of mixins whose labels and tests the image gets", examples: [["vendor"]] })
      .default([]),
    secrets: uniqueList(
      z
        .string()
        .regex(/^[A-Za-z0-9][\w.-]*$/)
        .meta({ description: "a secret's id", examples: ["npm-token"] }),
    )
      .meta({ description: "a list of ids; the build mounts each as /run/secrets/<id>", examples: [["npm-token"]] })
      .default([]),
    network: z
      .strictObject({
        reason: text("why the build cannot do without the network", "the vendor's installer has no offline form"),
        expires: dateSchema,
      })
      .meta({ description: "a dated exception that lets the build reach the network" })
      .exactOptional(),
  })
  .meta({ title: "image.yaml", description: "settings of one image, beside its Dockerfile" });

const enrolledSchema = z
  .strictObject({
    name: nameSchema,
    repoURL: repositorySchema.exactOptional(),
    allowTags: patternSchema.exactOptional(),
    platform: platformSchema.exactOptional(),
    rebuild: rebuildSchema.default({}),
    source: z
      .strictObject({
        repository: text("the repository that holds the Dockerfile", "https://github.com/example/payments"),
        dockerfile: text("the Dockerfile's path in that repository", "build/Dockerfile"),
        workflow: text("the workflow there that builds the image", ".github/workflows/image.yml"),
      })
      .meta({ description: "where a managed image is built that is not a folder here" })
      .exactOptional(),
  })
  .meta({
    description:
      "an external image (repoURL), a managed image built elsewhere (repoURL and source), or the rebuild policy of a folder here (rebuild alone)",
  });

const includedSchema = z
  .strictObject({
    repository: text("the repository with the other team's catalogue", "https://github.com/example/images"),
    commit: z
      .string()
      .regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/)
      .meta({
        description: "a full commit hash, never a branch",
        examples: ["4b825dc642cb6eb9a060e54bf8d69288fbee4904"],
      }),
    path: text("the catalogue's folder there", "images").default("."),
    name: nameSchema.exactOptional(),
    registry: repositorySchema.meta({
      description: "where that team releases its images",
      examples: ["registry.example.com/data"],
    }),
    wait: durationSchema.default(24 * 3600 * 1000),
  })
  .meta({ description: "another team's catalogue at a pinned commit" });

/** `images.yaml`: what is not a folder here, and the defaults. */
export const imagesSchema = z
  .strictObject({
    defaults: z
      .strictObject({ platforms: platformsSchema.exactOptional(), rebuild: rebuildSchema.default({}) })
      .meta({ description: "what holds where an image says nothing" })
      .prefault({}),
    images: z.array(enrolledSchema).meta({ description: "a list of images that are no folders here" }).default([]),
    catalogues: z.array(includedSchema).meta({ description: "a list of other teams' catalogues" }).default([]),
  })
  .meta({
    title: "images.yaml",
    description: "external images, images built elsewhere, included catalogues, defaults",
  });

export type ImageYaml = z.output<typeof imageSchema>;
export type ImagesYaml = z.output<typeof imagesSchema>;
export type EnrolledYaml = z.output<typeof enrolledSchema>;
export type RebuildYaml = z.output<typeof rebuildSchema>;
