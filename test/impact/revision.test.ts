import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadPlanAt, loadWholeProject } from "../../domain/impact/load-revision.js";
import { planDifference } from "../../domain/impact/plan-difference.js";
import { predict } from "../../domain/impact/predict.js";
import { reachableOf } from "../../domain/impact/reachable.js";
import { ProblemsError } from "../../domain/problems.js";
import { renderImpactMarkdown } from "../../domain/render/impact-markdown.js";
import { renderImpactText } from "../../domain/render/impact-text.js";
import { renderState } from "../../domain/state/render.js";
import { adopt, newState, observe } from "../../domain/state/transitions.js";
import { TemporaryProject } from "../rebuild/temporary-project.js";
import { testSettings } from "../support/settings.js";

const settings = testSettings({ allowedRegistries: ["docker.io"] });
const DAY = "2026-11-21";
const sight = { digest: `sha256:${"a".repeat(64)}`, tag: "12", platforms: ["linux/amd64", "linux/arm64"] };
const at = "2026-11-01T00:00:00Z";
const pinned = adopt(
  observe(newState("docker.io/library/debian:12", "external"), { ...sight, firstSeen: at, how: "pin" }),
  {
    ...sight,
    at,
    cause: "pinned by hand",
  },
);

describe("the blast radius of a git difference", () => {
  let project: TemporaryProject;
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.com", ...args], {
      cwd: project.root,
      encoding: "utf8",
    }).trim();

  beforeEach(() => {
    project = new TemporaryProject();
    project.write({
      ".gitignore": "/state\n",
      "bases/debian/Dockerfile": "FROM debian:12\nCOPY a /a\nUSER 1:1\n",
      "bases/debian/a": "1\n",
      "bases/debian/image.yaml": "owner: platform\n",
      "bases/node/Dockerfile": "FROM scratch\nCOPY a /a\nUSER 1:1\n",
      "bases/node/a": "1\n",
      "images/web/Dockerfile": "FROM factory.invalid/debian\nUSER 1:1\n",
      "images/site/Dockerfile": "FROM factory.invalid/node\nUSER 1:1\n",
      "images/old/Dockerfile": "FROM factory.invalid/node\nUSER 1:1\n",
      "images/gpu/Dockerfile": "FROM factory.invalid/debian\nUSER 1:1\n",
      "images/gpu/image.yaml": "runner: gpu\n",
      "state/docker.io+library+debian@12.yaml": renderState(pinned),
    });
    git("init", "--quiet", "--initial-branch", "main");
    git("add", "--all");
    git("commit", "--quiet", "--message", "first");
    git("checkout", "--quiet", "-b", "change");
  });
  afterEach(() => project.remove());

  async function impact() {
    const before = await loadPlanAt(project.root, "main", settings, DAY);
    const { value, problems } = await loadWholeProject(project.root, settings, DAY);
    assert.deepEqual(problems, []);
    const { own, removed } = planDifference(before, value.plan);
    const leftOut = new Map([["gpu", "runner: gpu"]]);
    const change = { subject: "Since main", given: [], own };
    const predicted = predict(reachableOf(value.graph, leftOut), change, { removed });
    // What is foretold is what has another buildId, and so what a run would build.
    const earlier = new Map(before.images.map(({ id, buildId }) => [id, buildId]));
    const changed = value.plan.images.filter(({ id, buildId }) => earlier.get(id) !== buildId).map(({ id }) => id);
    assert.deepEqual([...predicted.images, ...predicted.kept].map(({ id }) => id).sort(), changed.sort());
    return predicted;
  }

  it("is nothing where nothing changed, and leaves no working tree behind", async () => {
    assert.equal(renderImpactText(await impact()), "Since main: nothing is built again.\n");
    assert.equal(git("worktree", "list").split("\n").length, 1);
  });

  it("says what changed in each image, and what stands on it", async () => {
    project.write({
      "bases/debian/a": "2\n",
      "images/site/image.yaml": "labels: { team: x }\n",
      "images/new/Dockerfile": "FROM factory.invalid/node\nUSER 1:1\n",
    });
    execFileSync("rm", ["-r", join(project.root, "images/old")]);
    git("add", "--all");
    git("commit", "--quiet", "--message", "second");
    assert.equal(
      renderImpactText(await impact()),
      `Since main: 4 images in 2 waves

wave  image          owner     minutes  because of
0     debian (base)  platform  ?        its files
0     new            -         ?        it is new
0     site           -         ?        its settings
1     web            -         ?        debian

owners: no owner (3), platform (1)
estimate: none, for no build of these is recorded

not rebuilt by itself:
  gpu: left out: runner: gpu

built no more: old
`,
    );
  });

  it("takes what is not committed, a file that no build takes, and a new pin", async () => {
    project.write({ "bases/node/a": "2\n" });
    assert.deepEqual(
      (await impact()).images.map(({ id }) => id),
      ["node", "old", "site"],
    );
    git("checkout", "--quiet", "bases/node/a");
    project.write({ "images/site/notes.txt": "no build takes it\n" });
    git("add", "--all");
    git("commit", "--quiet", "--message", "third");
    assert.deepEqual(
      (await impact()).images.map(({ id, reasons }) => [id, ...reasons]),
      [["site", "its revision"]],
    );
    // The state lies in git here, so the earlier commit has another pin than the working tree.
    git("add", "--force", "state");
    git("commit", "--quiet", "--message", "state");
    git("branch", "--force", "main");
    const file = "state/docker.io+library+debian@12.yaml";
    const state = readFileSync(join(project.root, file), "utf8");
    project.write({ [file]: state.replaceAll("a".repeat(64), "b".repeat(64)) });
    assert.deepEqual(
      (await impact()).images.map(({ id, reasons }) => [id, ...reasons]),
      [["debian", `debian:12 from sha256:${"a".repeat(64)} to sha256:${"b".repeat(64)}`], ["web"]],
    );
  });

  it("counts from where the branch left, not what main did since", async () => {
    git("checkout", "--quiet", "main");
    project.write({ "bases/debian/a": "3\n" });
    git("commit", "--quiet", "--all", "--message", "main moves on");
    git("checkout", "--quiet", "change");
    assert.deepEqual((await impact()).images, []);
  });

  it("draws a graph and a table for a pull request", async () => {
    project.write({ "bases/debian/a": "2\n" });
    assert.equal(
      renderImpactMarkdown(await impact()),
      `## Blast radius: Since main: 2 images in 2 waves

Estimate: none, for no build of these is recorded.
Owners: no owner (1), **platform** (1).

\`\`\`mermaid
flowchart LR
  n0[["debian"]]:::changed
  n1["web"]
  n0 --> n1
  classDef changed stroke-width:3px
\`\`\`

<details><summary>All images</summary>

| wave | image | owner | minutes | because of |
|---|---|---|---|---|
| 0 | debian (base) | platform | ? | its files |
| 1 | web |  | ? | debian |

</details>

Not rebuilt by itself:

- gpu: left out: runner: gpu
`,
    );
  });

  it("refuses what git does not know, with what to type", async () => {
    await assert.rejects(loadPlanAt(project.root, "nowhere", settings, DAY), (error: unknown) => {
      assert.ok(error instanceof ProblemsError);
      assert.match(error.message, /git knows no commit that "nowhere" and HEAD have in common/);
      return true;
    });
    assert.equal(
      existsSync(join(project.root, ".git/worktrees")) && readdirSync(join(project.root, ".git/worktrees")).length > 0,
      false,
    );
  });
});
