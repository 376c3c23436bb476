import { formatPlace, type Problem } from "../problems.js";
import { managedIds } from "./dependencies.js";
import type { VariantNode } from "./types.js";

/** One problem for each group of images that stand on one another, with the shortest route through its first image. */
export function describeCycles(
  nodes: ReadonlyMap<string, VariantNode>,
  ordered: ReadonlySet<string>,
): readonly Problem[] {
  const successors = new Map<string, readonly string[]>();
  for (const { id, dependencies } of nodes.values()) {
    if (ordered.has(id)) continue;
    successors.set(id, [...managedIds(dependencies)].filter((other) => nodes.has(other) && !ordered.has(other)).sort());
  }
  return strongComponents(successors)
    .map((component) => shortestCycle(component, successors))
    .filter((cycle) => cycle !== undefined)
    .sort((left, right) => ((left[0] ?? "") < (right[0] ?? "") ? -1 : 1))
    .map((cycle) => describe(cycle, nodes));
}

/** `cycle` is closed: its last id is its first. */
function describe(cycle: readonly string[], nodes: ReadonlyMap<string, VariantNode>): Problem {
  const steps = cycle.slice(0, -1).map((id, index) => {
    const next = cycle[index + 1];
    const node = nodes.get(id);
    const dependency = node?.dependencies.find((each) => each.kind === "managed" && each.id === next);
    return { id, place: dependency?.reference.place ?? { file: node?.dockerfile.file ?? id } };
  });
  const places = steps.map(({ id, place }) => `${id} at ${formatPlace(place)}`).join(", ");
  return {
    place: steps[0]?.place ?? { file: "" },
    message: `images stand on each other: ${cycle.join(" -> ")}.`,
    remedy: `Take one of these references away: ${places}.`,
  };
}

/** Breadth first from the smallest id of a component back to it; undefined for a single node that does not name itself. */
function shortestCycle(
  component: readonly string[],
  successors: ReadonlyMap<string, readonly string[]>,
): readonly string[] | undefined {
  const [start = ""] = component.toSorted();
  const members = new Set(component);
  const previous = new Map<string, string>();
  const queue = [start];
  for (const id of queue) {
    for (const next of successors.get(id) ?? []) {
      if (next === start) return [...routeTo(id, start, previous), start];
      if (!members.has(next) || previous.has(next)) continue;
      previous.set(next, id);
      queue.push(next);
    }
  }
  return undefined;
}

function routeTo(end: string, start: string, previous: ReadonlyMap<string, string>): readonly string[] {
  const route = [end];
  for (let id = end; id !== start; ) {
    id = previous.get(id) ?? start;
    route.push(id);
  }
  return route.reverse();
}

/** Tarjan's strongly connected components; without recursion, because a chain may be as long as the fleet. */
function strongComponents(successors: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const components: string[][] = [];
  const index = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();
  const enter = (id: string) => {
    index.set(id, index.size);
    lowest.set(id, index.size - 1);
    open.push(id);
    isOpen.add(id);
    return { id, rest: (successors.get(id) ?? []).values() };
  };
  const lower = (id: string, value: number | undefined) => {
    lowest.set(id, Math.min(lowest.get(id) ?? Number.POSITIVE_INFINITY, value ?? Number.POSITIVE_INFINITY));
  };
  for (const root of successors.keys()) {
    if (index.has(root)) continue;
    const path = [enter(root)];
    for (let frame = path.at(-1); frame !== undefined; frame = path.at(-1)) {
      const { id, rest } = frame;
      const next = rest.next();
      if (next.done !== true) {
        if (!index.has(next.value)) path.push(enter(next.value));
        else if (isOpen.has(next.value)) lower(id, index.get(next.value));
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent !== undefined) lower(parent.id, lowest.get(id));
      if (lowest.get(id) !== index.get(id)) continue;
      const component = open.splice(open.lastIndexOf(id));
      for (const member of component) isOpen.delete(member);
      components.push(component);
    }
  }
  return components;
}
