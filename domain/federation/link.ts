import { parseImageName, repositoryName } from "../dockerfile/image-name.js";
import type { Reachable } from "../impact/types.js";
import type { Excluded, Federation, Member } from "./types.js";

/**
 * One graph of all teams. An image of another team is known by where it is released, so a Dockerfile names it as everybody
 * does. A catalogue or an image that is not understood is left out with what stands on it in its own catalogue; for everybody
 * else it is an external image like any other, so that nobody's mistake is another's. The same members in any order give the
 * same graph, but for the order of what does not stand on each other.
 *
 * @param own this repository, whose images keep their ids
 */
export function federate(own: Member, others: readonly Member[]): Federation {
  const excluded: Excluded[] = [];
  const members = [own, ...others];
  const candidates = new Map<string, Reachable>();
  const released = new Map<string, string>();
  for (const member of members) {
    for (const image of understood(member, excluded)) {
      const id = idIn(member, image.id);
      candidates.set(id, image);
      released.set(`${member.registry}/${image.id}`, id);
    }
  }
  const linked = new Map<string, Reachable>();
  for (const member of members) {
    for (const image of member.images) {
      const id = idIn(member, image.id);
      if (candidates.get(id) === image) linked.set(id, { ...image, ...placed(member, image, released), id });
    }
  }
  excluded.push(...cutCycles(linked, members));
  return {
    members: members.map(({ faults: _, images: __, ...member }) => member),
    images: inOrder(linked),
    excluded,
  };
}

function idIn({ name }: Pick<Member, "name">, id: string): string {
  return name === "" ? id : `${name}/${id}`;
}

/** The images of a catalogue without a fault of their own or of what they stand on in it. */
function understood(member: Member, excluded: Excluded[]): readonly Reachable[] {
  const whole = member.faults.find(({ id }) => id === undefined);
  if (whole !== undefined) {
    excluded.push({ catalogue: member.name, reason: whole.reason });
    return [];
  }
  const reasons = new Map<string, string>();
  for (const { id, reason } of member.faults) if (id !== undefined && !reasons.has(id)) reasons.set(id, reason);
  for (const { bases, id } of member.images) {
    const base = bases.find((each) => reasons.has(each));
    if (base !== undefined && !reasons.has(id)) reasons.set(id, `stands on ${base}, which is left out`);
  }
  for (const [id, reason] of reasons) excluded.push({ catalogue: member.name, id: idIn(member, id), reason });
  return member.images.filter(({ id }) => !reasons.has(id));
}

/** Its catalogue, and what it stands on by the ids of the federation. */
function placed(member: Member, { bases, id: own }: Reachable, released: ReadonlyMap<string, string>) {
  const siblings = new Set(member.images.map(({ id }) => id));
  const linked = bases.map((base) => {
    if (siblings.has(base)) return idIn(member, base);
    if (base.startsWith("pool/")) return idIn(member, base);
    const name = parseImageName(base);
    const id = name === undefined ? undefined : released.get(repositoryName(name));
    return id === undefined || id === idIn(member, own) ? base : id;
  });
  const catalogue = member.name === "" ? {} : { catalogue: member.name };
  return { ...catalogue, bases: [...new Set(linked)].sort() };
}

/** Each after what it stands on; what is in a cycle is missing, and what stands on that. */
function inOrder(images: ReadonlyMap<string, Reachable>): readonly Reachable[] {
  const missing = new Map<string, number>();
  const dependents = new Map<string, string[]>();
  const ready: string[] = [];
  for (const { bases, id } of images.values()) {
    const known = bases.filter((base) => images.has(base));
    missing.set(id, known.length);
    if (known.length === 0) ready.push(id);
    for (const base of known) dependents.set(base, [...(dependents.get(base) ?? []), id]);
  }
  const ordered: Reachable[] = [];
  // A list hands out what is added to it while it is being walked.
  for (const id of ready) {
    const image = images.get(id);
    if (image !== undefined) ordered.push(image);
    for (const dependent of dependents.get(id) ?? []) {
      const left = (missing.get(dependent) ?? 0) - 1;
      missing.set(dependent, left);
      if (left === 0) ready.push(dependent);
    }
  }
  return ordered;
}

/**
 * Every catalogue is without cycles, so one goes through several: the edges in it that lead from one repository to another are
 * not followed, and become references to external images.
 */
function cutCycles(images: Map<string, Reachable>, members: readonly Member[]): readonly Excluded[] {
  const excluded: Excluded[] = [];
  const ordered = new Set(inOrder(images).map(({ id }) => id));
  const stuck = [...images.values()].filter(({ id }) => !ordered.has(id));
  const cut = new Map<string, Reachable>();
  for (const { id } of stuck) {
    const image = cut.get(id) ?? images.get(id);
    if (image === undefined) continue;
    const catalogue = image.catalogue ?? "";
    const bases = image.bases.map((base) => {
      const other = images.get(base);
      if (other === undefined || (other.catalogue ?? "") === catalogue) return base;
      const route = routeTo(id, base, images);
      if (route === undefined) return base;
      const reason = `in a circle between repositories (${[id, ...route].join(" on ")}): this edge is not followed`;
      excluded.push({ catalogue, id, reason });
      return releasedAs(other, members);
    });
    cut.set(id, { ...image, bases });
  }
  for (const [id, image] of cut) images.set(id, image);
  return excluded;
}

/** The shortest way from an image down to another one, both included; undefined where there is none. */
function routeTo(target: string, start: string, images: ReadonlyMap<string, Reachable>): readonly string[] | undefined {
  const routes = new Map<string, readonly string[]>([[start, [start]]]);
  for (const [id, route] of routes) {
    if (id === target) return route;
    for (const base of images.get(id)?.bases ?? []) if (!routes.has(base)) routes.set(base, [...route, base]);
  }
  return undefined;
}

function releasedAs({ catalogue = "", id }: Reachable, members: readonly Member[]): string {
  const member = members.find(({ name }) => name === catalogue);
  return `${member?.registry}/${id.slice(catalogue === "" ? 0 : catalogue.length + 1)}`;
}
