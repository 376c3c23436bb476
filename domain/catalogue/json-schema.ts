import { z } from "zod";
import { imageSchema, imagesSchema } from "./schema.js";

/** A file that is made from the program's own types; `npm run check` compares it, `npm run fix` writes it. */
export interface GeneratedFile {
  /** Relative to the project's root. */
  readonly path: string;
  readonly text: string;
}

/** JSON schemas of the two YAML kinds, for editors, from the types that the program itself checks with. */
export function generatedSchemas(): readonly GeneratedFile[] {
  return [schemaFile("schemas/image.schema.json", imageSchema), schemaFile("schemas/images.schema.json", imagesSchema)];
}

/** `$comment` names the source, since JSON has no comments. The draft is the one that most editors read. */
function schemaFile(path: string, schema: z.ZodType): GeneratedFile {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: "input", target: "draft-7" });
  const $comment = "Generated from domain/catalogue/schema.ts by `npm run fix`; do not edit.";
  return { path, text: `${JSON.stringify({ $schema, $comment, ...rest }, null, 2)}\n` };
}
