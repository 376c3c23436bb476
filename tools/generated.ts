import { type GeneratedFile, generatedSchemas } from "../domain/catalogue/json-schema.js";
import { renderPolicyIndex } from "../domain/policy/policy-index.js";

/** Every committed file that a program makes: `npm run check` fails where one differs, `npm run fix` writes it. */
export function generatedFiles(): readonly GeneratedFile[] {
  return [...generatedSchemas(), renderPolicyIndex()];
}
