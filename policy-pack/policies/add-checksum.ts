import { addChecksum as rule } from "../../domain/policy/rules/add-checksum.js";
import { imagePolicy } from "../image-policy.js";

export const addChecksum = imagePolicy(rule, { severity: "high" });
