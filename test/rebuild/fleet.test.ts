import assert from "node:assert/strict";
import { loadImageGraph } from "../../domain/graph/load.js";
import { fleetOf } from "../../domain/rebuild/fleet.js";
import { TemporaryProject } from "./temporary-project.js";

describe("the fleet of a project", () => {
  const project = new TemporaryProject();
  after(() => project.remove());

  it("has the delay of images.yaml, else the longest of those who stand on the image, and leaves pools out", async () => {
    project.write({
      "images.yaml": `defaults: { rebuild: { delay: 7d } }
images:
  - name: nginx
    repoURL: docker.io/library/nginx
    rebuild: { delay: 1d, autoRebuild: false }
`,
      "bases/a/Dockerfile": "FROM debian:12\nUSER 1:1\n",
      "bases/a/image.yaml": "rebuild: { delay: 14d }\n",
      "images/b/Dockerfile":
        "FROM debian:12 AS build\nFROM factory.invalid/a\nCOPY --from=build /x /x\nCOPY --from=nginx:1.29 /y /y\nUSER 1:1\n",
      "images/b/image.yaml": "rebuild: { autoRebuild: false }\n",
    });
    const { value, problems } = await loadImageGraph(project.root);
    assert.deepEqual(problems, []);
    const day = 24 * 3_600_000;
    assert.deepEqual(fleetOf(value.catalogue, value.graph), {
      watched: [
        { name: "docker.io/library/debian:12", delayMs: 14 * day, autoRebuild: true },
        { name: "docker.io/library/nginx:1.29", delayMs: day, autoRebuild: false },
      ],
      built: [
        { id: "a", bases: ["docker.io/library/debian:12"], autoRebuild: true },
        { id: "b", bases: ["a", "docker.io/library/debian:12", "docker.io/library/nginx:1.29"], autoRebuild: false },
      ],
    });
  });
});
