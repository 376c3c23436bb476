import { z } from "zod";
import { addProblem } from "../yaml/check.js";

const registryPattern =
  /^(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9a-fA-F:]+\])(?::\d{1,5})?(?:\/[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)?$/;

export const registrySchema = z
  .string()
  .regex(registryPattern)
  .meta({
    description: "a registry host with port and optional prefix",
    examples: ["127.0.0.1:5000", "registry.example.com/team"],
  });

/** A path inside the project. */
export const insideSchema = z
  .string()
  .regex(/^[\w.-]+(?:\/[\w.-]+)*$/)
  .superRefine((path, context) => {
    if (!path.split("/").includes("..")) return;
    addProblem(context, "it lies outside the project.", "Choose a path inside it.");
  });

export const builderIdSchema = z.url({ protocol: /^https$/ }).meta({
  description: "what provenance names as the builder",
  examples: ["https://github.com/example/images/builders/staging"],
});
