import { compliant, itAllows, itFinds } from "../plan-fixture.js";

const only = (...allowedRegistries: string[]) => ({ config: { ...compliant.config, allowedRegistries } });

describe("allowed-registries", () => {
  itAllows([
    { name: "a repository below an allowed one", change: {} },
    { name: "a whole registry", change: only("docker.io") },
    { name: "exactly the repository", change: only("docker.io/library/nginx") },
  ]);

  itFinds([
    {
      name: "a pin in another registry",
      change: { nginx: { ...compliant.nginx, repository: "quay.io/someone/nginx" } },
      at: "allowed-registries images/app/Dockerfile:7",
      message: /is taken from quay\.io\/someone\/nginx; allowed: 127\.0\.0\.1:5000, docker\.io\/library\./,
      remedy: /factory:allowedRegistries/,
    },
    {
      name: "a repository whose name only begins like an allowed one",
      change: only("docker.io/lib"),
      at: "allowed-registries images/app/Dockerfile:7",
      message: /docker\.io\/library\/nginx/,
      remedy: /factory:allowedRegistries/,
    },
    {
      name: "everything where no list is configured",
      change: only(),
      at: "allowed-registries images/app/Dockerfile:7",
      message: /allowed: none, because no list is configured/,
      remedy: /factory:allowedRegistries/,
    },
  ]);
});
