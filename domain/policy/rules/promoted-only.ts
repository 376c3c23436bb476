import { isRecord } from "../documents.js";
import type { Finding, ResourceRule } from "../resource-rule.js";
import { rulePage } from "../rule.js";

/** What builds, proves or releases. */
const BUILDS = /^(?:docker-build:index:|docker:|factory:pool:|factory:evidence:Evidence$|factory:release:)/;

/** What copies a digest to where it is used. */
const COPIES = /^factory:(?:promotion:PromotedImage|delivery:MirroredImage)$/;

export const promotedOnly: ResourceRule = {
  id: "promoted-only",
  title: "A stack that promotes uses nothing but what was promoted",
  description:
    "On a stack with factory:promotes nothing may be built, and only digests that its releases file names may be copied or run.",
  remedy: "Build it on the stack that it promotes from, and promote it: npx factory promote.",
  url: rulePage("promoted-only"),
  types: /^(?:docker|factory:|kubernetes:)/,
  findings: ({ type, props }, { promoted, registry }) => {
    if (promoted === undefined) return [];
    if (BUILDS.test(type)) {
      const message = `${type} builds or releases, and this stack only takes what another one has proved.`;
      return [{ message, remedy: promotedOnly.remedy }];
    }
    if (COPIES.test(type)) return unlisted("digest", props.digest, promoted);
    return type.startsWith("kubernetes:")
      ? imagesIn(props, registry).flatMap((image) => unlisted("an image", image, promoted))
      : [];
  },
};

function unlisted(what: string, value: unknown, promoted: ReadonlySet<string>): readonly Finding[] {
  if (typeof value !== "string") return [];
  const digest = value.slice(value.indexOf("@") + 1);
  if (promoted.has(digest)) return [];
  const message = `${what} is ${value}, which the releases file does not name.`;
  return [{ message, remedy: promotedOnly.remedy }];
}

/** Images of our registry, wherever in a resource they stand. */
function imagesIn(value: unknown, registry: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((each) => imagesIn(each, registry));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const isImage = key === "image" || key === "reference";
    if (typeof inner === "string") return isImage && inner.startsWith(`${registry}/`) ? [inner] : [];
    return imagesIn(inner, registry);
  });
}
