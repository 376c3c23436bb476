import assert from "node:assert/strict";
import { familiarName, fullName, parseImageName, repositoryName } from "../../domain/dockerfile/image-name.js";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

describe("parseImageName", () => {
  const rows: readonly (readonly [written: string, full: string, familiar: string])[] = [
    ["nginx", "docker.io/library/nginx:latest", "nginx"],
    ["nginx:latest", "docker.io/library/nginx:latest", "nginx"],
    ["nginx:1.27", "docker.io/library/nginx:1.27", "nginx:1.27"],
    ["library/nginx", "docker.io/library/nginx:latest", "nginx"],
    ["docker.io/nginx", "docker.io/library/nginx:latest", "nginx"],
    ["index.docker.io/library/nginx", "docker.io/library/nginx:latest", "nginx"],
    ["grafana/grafana:11", "docker.io/grafana/grafana:11", "grafana/grafana:11"],
    ["library/a/b", "docker.io/library/a/b:latest", "library/a/b"],
    ["ghcr.io/a/b", "ghcr.io/a/b:latest", "ghcr.io/a/b"],
    ["localhost/a", "localhost/a:latest", "localhost/a"],
    ["127.0.0.1:5000/a:b", "127.0.0.1:5000/a:b", "127.0.0.1:5000/a:b"],
    ["[::1]:5000/a", "[::1]:5000/a:latest", "[::1]:5000/a"],
    ["REGISTRY/a", "REGISTRY/a:latest", "REGISTRY/a"],
    ["example.com", "docker.io/library/example.com:latest", "example.com"],
    ["0", "docker.io/library/0:latest", "0"],
    [`nginx@${DIGEST}`, `docker.io/library/nginx@${DIGEST}`, `nginx@${DIGEST}`],
    [`nginx:1@${DIGEST}`, `docker.io/library/nginx:1@${DIGEST}`, `nginx:1@${DIGEST}`],
    ["factory.invalid/python", "factory.invalid/python:latest", "factory.invalid/python"],
    ["a__b--c.d", "docker.io/library/a__b--c.d:latest", "a__b--c.d"],
  ];
  for (const [written, full, familiar] of rows) {
    it(`${written} is ${full}, looked up as ${familiar}`, () => {
      const image = parseImageName(written);
      assert.ok(image);
      assert.equal(fullName(image), full);
      assert.equal(familiarName(image), familiar);
      assert.ok(full.startsWith(repositoryName(image)));
      assert.deepEqual(parseImageName(fullName(image)), image);
    });
  }

  const refused = [
    "",
    "Nginx",
    "a:",
    "a@",
    "a@sha256:12",
    "-a",
    "a..b",
    "a___b",
    "a/",
    "/a",
    "a b",
    "f".repeat(64),
    "a:b:c",
  ];
  for (const written of refused) {
    it(`${written || "nothing"} is refused`, () => assert.equal(parseImageName(written), undefined));
  }
});
