/** A resource that a program registers. */
export interface CloudResource {
  /** `aws:ecr/repository:Repository`, `factory:registry:Registry` */
  readonly type: string;
  readonly name: string;
  /** Name of the component that it belongs to. */
  readonly parent: string;
  /** Names of what it waits for. */
  readonly dependsOn: readonly string[];
  readonly inputs: Readonly<Record<string, unknown>>;
}

const FOUNDATION = "factory:cloud:CloudFoundation";

/** The components of a stack's cloud, what each is made of, and which stands on which: a flowchart of Mermaid. */
export function renderPicture(resources: readonly CloudResource[]): string {
  const parents = new Map(resources.map((each) => [each.name, each]));
  const root = resources.find(({ type }) => type === FOUNDATION);
  const components = resources.filter(({ type, parent }) => parent === root?.name && type.startsWith("factory:"));
  const ownerOf = (resource: CloudResource | undefined): CloudResource | undefined => {
    if (resource === undefined || resource.type === FOUNDATION) return undefined;
    return components.includes(resource) ? resource : ownerOf(parents.get(resource.parent));
  };
  const lines = ["```mermaid", "flowchart LR"];
  for (const component of components) {
    const inside = resources.filter((each) => each !== component && ownerOf(each) === component);
    const parts = counted(inside.map(({ type }) => shortType(type)));
    lines.push(
      `  ${id(component)}["<b>${shortType(component.type)}</b> ${component.name}<br/>${parts.join("<br/>")}"]`,
    );
  }
  const edges = new Set<string>();
  for (const resource of resources) {
    const to = ownerOf(resource);
    for (const name of resource.dependsOn) {
      const from = ownerOf(parents.get(name));
      if (from !== undefined && to !== undefined && from !== to) edges.add(`  ${id(from)} --> ${id(to)}`);
    }
  }
  return [...lines, ...[...edges].sort(), "```", ""].join("\n");
}

/** What a month costs, in US dollars by AWS's list prices of us-east-1; what is priced by use says what use is assumed. */
const prices: Readonly<Record<string, readonly [dollars: number, basis: string]>> = {
  "aws:kms/key:Key": [1, "each key; 10,000 requests cost 0.03 to 0.15 more"],
  "aws:cloudwatch/metricAlarm:MetricAlarm": [0.1, "each alarm"],
  "aws:ecr/repository:Repository": [0.5, "5 GB of layers at 0.10, shared ones once"],
  "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration": [
    0.3,
    "one image: first scan 0.09, 21 new ones 0.01 each",
  ],
  "aws:cloudwatch/eventConnection:EventConnection": [0.4, "its secret"],
  "aws:cloudwatch/eventApiDestination:EventApiDestination": [0.01, "10,000 dispatches at 0.20 a million"],
  "aws:lambda/function:Function": [0.01, "60 runs of 10 s"],
  "aws:cloudwatch/logGroup:LogGroup": [0.03, "50 MB"],
  "kubernetes:apps/v1:StatefulSet": [
    150,
    "one node of 4 processors and 16 GiB, all month, and 200 GiB of disk; a GPU's node 700 more",
  ],
};

/** The cost of a stack by its resources; what is not named costs nothing by itself. */
export function renderCost(resources: readonly CloudResource[]): string {
  const rows: string[] = [];
  let sum = 0;
  for (const [type, [dollars, basis]] of Object.entries(prices)) {
    const count = resources.filter((each) => each.type === type).length;
    if (count === 0) continue;
    sum += count * dollars;
    rows.push(`| ${shortType(type)} | ${count} | ${(count * dollars).toFixed(2)} | ${basis} |`);
  }
  const head = ["| Resource | Number | $ a month | For |", "|---|---|---|---|"];
  return [...head, ...rows, `| all ${resources.length} resources | | ${sum.toFixed(2)} | |`, ""].join("\n");
}

function counted(names: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, count]) => (count === 1 ? name : `${count} ${name}`));
}

function shortType(type: string): string {
  return type.slice(type.lastIndexOf(":") + 1);
}

function id({ name }: CloudResource): string {
  return name.replaceAll("-", "_");
}
