import { z } from "zod";
import { kargoSchema } from "../kargo/settings.js";
import { recallsSchema } from "../recall/schema.js";
import { rollbacksSchema } from "../rollback/schema.js";
import { exceptionsSchema } from "../scan/exceptions.js";
import { testSchema } from "../tests/schema.js";
import { mixinSchema } from "./mixin.js";
import { imageSchema, imagesSchema } from "./schema.js";

/** A file that is made from the program's own types; `npm run check` compares it, `npm run fix` writes it. */
export interface GeneratedFile {
  /** Relative to the project's root. */
  readonly path: string;
  readonly text: string;
}

/** JSON schemas of the YAML files, for editors, from the types that the program itself checks with. */
export function generatedSchemas(): readonly GeneratedFile[] {
  return [
    schemaFile("schemas/image.schema.json", imageSchema, "domain/catalogue/schema.ts"),
    schemaFile("schemas/images.schema.json", imagesSchema, "domain/catalogue/schema.ts"),
    schemaFile("schemas/kargo.schema.json", kargoSchema, "domain/kargo/settings.ts"),
    schemaFile("schemas/mixin.schema.json", mixinSchema, "domain/catalogue/mixin.ts"),
    schemaFile("schemas/recalls.schema.json", recallsSchema, "domain/recall/schema.ts"),
    schemaFile("schemas/rollbacks.schema.json", rollbacksSchema, "domain/rollback/schema.ts"),
    schemaFile("schemas/scan-exceptions.schema.json", exceptionsSchema, "domain/scan/exceptions.ts"),
    schemaFile("schemas/test.schema.json", testSchema, "domain/tests/schema.ts"),
  ];
}

/** `$comment` names the source, since JSON has no comments. The draft is the one that most editors read. */
function schemaFile(path: string, schema: z.ZodType, source: string): GeneratedFile {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: "input", target: "draft-7" });
  const $comment = `Generated from ${source} by \`npm run fix\`; do not edit.`;
  return { path, text: `${JSON.stringify({ $schema, $comment, ...rest }, null, 2)}\n` };
}
