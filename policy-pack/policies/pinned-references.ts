import { pinnedReferences as rule } from "../../domain/policy/rules/pinned-references.js";
import { imagePolicy } from "../image-policy.js";

export const pinnedReferences = imagePolicy(rule, { severity: "high" });
