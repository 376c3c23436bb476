import type { Warehouse } from "../state/types.js";

/** Whether a tag is one of those that count. */
export function isAllowed({ allowTags }: Pick<Warehouse, "allowTags">, tag: string): boolean {
  return allowTags === undefined ? tag === "latest" : new RegExp(allowTags).test(tag);
}

/** The one tag that counts, where there can be no other, so that nobody has to list them. */
export function onlyTag({ allowTags }: Pick<Warehouse, "allowTags">): string | undefined {
  if (allowTags === undefined) return "latest";
  const literal = /^\^((?:[\w-]|\\[.+])+)\$$/.exec(allowTags)?.[1];
  return literal?.replace(/\\(.)/g, "$1");
}

/** The newest of the tags that count: numbers are compared as numbers, and a release comes after its pre-releases. */
export function newestTag(warehouse: Pick<Warehouse, "allowTags">, tags: readonly string[]): string | undefined {
  return tags
    .filter((tag) => isAllowed(warehouse, tag))
    .sort(compareTags)
    .at(-1);
}

function compareTags(left: string, right: string): number {
  const [first, second] = [partsOf(left), partsOf(right)];
  for (let index = 0; index < Math.max(first.length, second.length); index += 1) {
    const [one, other] = [first[index], second[index]];
    // 1.2 comes before 1.2.1, and 1.2.0-rc.1 before 1.2.0.
    if (one === undefined) return other === "-" ? 1 : -1;
    if (other === undefined) return one === "-" ? -1 : 1;
    const numbers = /^\d/.test(one) && /^\d/.test(other) ? Number(one) - Number(other) : 0;
    if (numbers !== 0) return numbers;
    if (one !== other && !(/^\d/.test(one) && /^\d/.test(other))) return one < other ? -1 : 1;
  }
  return left < right ? -1 : left === right ? 0 : 1;
}

function partsOf(tag: string): readonly string[] {
  return tag.match(/\d+|[A-Za-z]+|-/g) ?? [];
}
