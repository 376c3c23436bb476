/** Files by path of a repository of each of three teams, whose forty images stand on each other's. */
export type Teams = Readonly<Record<"platform" | "data" | "web", Readonly<Record<string, string>>>>;

/** Where a team releases its images. */
export function registryOf(team: keyof Teams): string {
  return `registry.example.com/${team}`;
}

const PLATFORM_BASES: Readonly<Record<string, string>> = {
  slim: "debian:12",
  python: "factory.invalid/slim",
  node: "factory.invalid/slim",
  java: "factory.invalid/slim",
  go: "docker.io/library/golang:1.26",
};
const PLATFORM_APPS: Readonly<Record<string, readonly string[]>> = {
  gateway: ["factory.invalid/go"],
  audit: ["factory.invalid/go", "factory.invalid/slim"],
  metrics: ["factory.invalid/python"],
  login: ["factory.invalid/node"],
  // Back from what another team builds on our base: the same repository twice in one cascade.
  portal: ["factory.invalid/node", "registry.example.com/web/assets:1"],
  reports: ["factory.invalid/python", "registry.example.com/data/notebook:1"],
  mirror: ["docker.io/library/nginx:1.29"],
  backup: ["factory.invalid/slim"],
};

/** Thirteen images of the platform team, thirteen of data, fourteen of web. */
export function fortyImages(): Teams {
  const data: Record<string, string> = {
    ...imageFiles("bases", "spark", ["registry.example.com/platform/java:1"], "data"),
    ...imageFiles("bases", "notebook", ["registry.example.com/platform/python:1"], "data"),
  };
  for (let index = 0; index < 11; index += 1) {
    const base = index % 2 === 0 ? "factory.invalid/spark" : "factory.invalid/notebook";
    Object.assign(data, imageFiles("images", `job-${index}`, [base], index % 3 === 0 ? "ingest" : "data"));
  }
  const web: Record<string, string> = {
    ...imageFiles("bases", "assets", ["registry.example.com/platform/node:1"], "web"),
    ...imageFiles("bases", "edge", ["docker.io/library/nginx:1.29"], "web"),
  };
  for (let index = 0; index < 12; index += 1) {
    const bases = index % 2 === 0 ? ["factory.invalid/edge", "factory.invalid/assets"] : ["factory.invalid/assets"];
    if (index === 5) bases.push("registry.example.com/data/job-0:1");
    Object.assign(web, imageFiles("images", `site-${index}`, bases, "web"));
  }
  const platform: Record<string, string> = {};
  for (const [name, base] of Object.entries(PLATFORM_BASES)) {
    Object.assign(platform, imageFiles("bases", name, [base], "platform"));
  }
  for (const [name, bases] of Object.entries(PLATFORM_APPS)) {
    Object.assign(platform, imageFiles("images", name, bases, "platform"));
  }
  return { platform, data, web };
}

function imageFiles(
  parent: "bases" | "images",
  name: string,
  [base = "", ...others]: readonly string[],
  owner: string,
): Readonly<Record<string, string>> {
  const copies = others.map((other, index) => `COPY --from=${other} /out /opt/${index}\n`).join("");
  return {
    [`${parent}/${name}/Dockerfile`]: `FROM ${base}\n${copies}USER 65532:65532\n`,
    [`${parent}/${name}/image.yaml`]: `owner: ${owner}\n`,
  };
}
