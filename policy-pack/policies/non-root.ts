import { nonRoot as rule } from "../../domain/policy/rules/non-root.js";
import { imagePolicy } from "../image-policy.js";

export const nonRoot = imagePolicy(rule, { severity: "high" });
