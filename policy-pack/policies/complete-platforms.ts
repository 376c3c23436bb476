import { completePlatforms as rule } from "../../domain/policy/rules/complete-platforms.js";
import { imagePolicy } from "../image-policy.js";

export const completePlatforms = imagePolicy(rule, { severity: "medium" });
