import fc from "fast-check";
import { type ImageState, STATE_SCHEMA } from "../../domain/state/types.js";

/** Any state that a file can hold. */
export function states(): fc.Arbitrary<ImageState> {
  const hex = fc.constantFrom(..."0123456789abcdef");
  const digests = fc.array(hex, { minLength: 64, maxLength: 64 }).map((letters) => `sha256:${letters.join("")}`);
  const instants = fc
    .date({ min: new Date("2020-01-01"), max: new Date("2099-01-01"), noInvalidDate: true })
    .map((date) => `${date.toISOString().slice(0, 19)}Z`);
  const texts = fc.oneof(
    fc.string({ minLength: 1, unit: "grapheme" }),
    fc.constantFrom("1.30", "yes", "null", "a: b", "- x", "#", " x ", "two\nlines", "0x1f", "2026-01-01"),
  );
  const platforms = fc.uniqueArray(fc.constantFrom("linux/amd64", "linux/arm64", "linux/arm/v7"));
  const kind = fc.constantFrom("external" as const, "managed" as const, "removed" as const);
  const on = fc.array(plain({ image: texts, digest: digests }), { maxLength: 2 });
  return plain({
    image: fc.constantFrom("python", "docker.io/library/nginx:1.29", "127.0.0.1:5000/a:b"),
    kind,
    lifecycle: fc.array(plain({ from: kind, to: kind, at: instants }), { maxLength: 2 }),
    warehouse: fc.option(plain({ repoURL: texts, allowTags: texts }), { nil: undefined }),
    ledger: fc.uniqueArray(
      plain({
        digest: digests,
        tag: texts,
        platforms,
        firstSeen: instants,
        how: fc.constantFrom("pin" as const, "event" as const, "reconcile" as const, "build" as const),
      }),
      { selector: (entry) => entry.digest, maxLength: 5 },
    ),
    again: fc.array(plain({ tag: texts, digest: digests, seen: instants }), { maxLength: 2 }),
    rejected: fc.array(plain({ digest: digests, at: instants, cause: texts }), { maxLength: 2 }),
    builds: fc.array(
      plain({ digest: digests, contents: texts, source: texts, on, materials: fc.array(digests), at: instants }),
      {
        maxLength: 2,
      },
    ),
    updates: fc.array(plain({ to: digests, at: instants, cause: texts }), { maxLength: 3 }),
    dependents: fc.array(texts, { maxLength: 3 }),
    attempts: fc.array(
      fc.oneof(
        plain({ cause: texts, on, start: instants }),
        plain({ cause: texts, start: instants, end: instants, result: fc.constant("failed" as const) }),
      ),
      { maxLength: 3 },
    ),
  }).map(({ warehouse, ...rest }) => {
    const [first] = rest.ledger;
    return {
      schema: STATE_SCHEMA,
      ...rest,
      ...(warehouse === undefined ? {} : { warehouse }),
      ...(first === undefined
        ? {}
        : {
            adopted: {
              digest: first.digest,
              tag: first.tag,
              platforms: first.platforms,
              at: first.firstSeen,
              cause: "test",
            },
          }),
    };
  });
}

/** A record with the usual prototype, as a parser makes it. */
function plain<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) {
  return fc.record<T>(model, { noNullPrototype: true });
}
