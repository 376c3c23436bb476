import type { Part, PartRequest, Predicate } from "./part.js";
import { proveBuild } from "./prove-build.js";

/** The provenance of every platform, and of the index what they say together. */
export async function provenancePart({ client, image, inputs, signal }: PartRequest): Promise<Part> {
  const { build, builder, builderId } = inputs;
  const { index, platforms, failures, measures } = await proveBuild(
    client,
    image,
    { ...build, builderId },
    builder,
    signal,
  );
  const proved = [...platforms, ...(index === undefined ? [] : [[image.digest, index] as const])];
  const predicates = proved.map(([subject, predicate]): Predicate => ({ kind: "provenance", subject, predicate }));
  return { predicates, failures, ...(measures === undefined ? {} : { measures: { build: measures } }) };
}
