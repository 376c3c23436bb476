import { noNetwork as rule } from "../../domain/policy/rules/no-network.js";
import { imagePolicy } from "../image-policy.js";

/** Exceptions are not configured here: they stand in image.yaml, with a reason and an end. */
export const noNetwork = imagePolicy(rule, { severity: "high" });
