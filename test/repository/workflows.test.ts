import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { load } from "js-yaml";
import { projectRoot } from "../../tools/project.js";

/** A job or a step of a workflow, as far as it is looked at here. */
interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly environment?: string;
  readonly steps?: readonly Step[];
}
interface Step {
  readonly run?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

/**
 * Every action that may be used, and the commit that its version's tag names. Each was read from a clone of the action's
 * repository: `git rev-list -n1 <version>`.
 */
const actions: Readonly<Record<string, readonly [commit: string, version: string]>> = {
  "actions/cache": ["27d5ce7f107fe9357f9df03efb73ab90386fccae", "v5.0.5"],
  "actions/checkout": ["3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"],
  "actions/setup-go": ["b7ad1dad31e06c5925ef5d2fc7ad053ef454303e", "v7.0.0"],
  "actions/setup-node": ["820762786026740c76f36085b0efc47a31fe5020", "v7.0.0"],
  "actions/upload-artifact": ["bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "v7.0.0"],
  "aws-actions/configure-aws-credentials": ["e6de054238d6b7531b4efff3b6587d9aade6a06c", "v6.2.3"],
  "github/codeql-action/upload-sarif": ["8aad20d150bbac5944a9f9d289da16a4b0d87c1e", "v4.36.2"],
};

/** What jobs may write, and why. Anything else is reading, or nothing. */
const mayWrite: Readonly<Record<string, readonly string[]>> = {
  // A token of its own identity: for the cloud's role, and for the check of who may sign.
  "id-token": [
    "build.yml",
    "nightly.yml",
    "prod.yml",
    "promote.yml",
    "pull-request.yml",
    "rebuild.yml",
    "rollback.yml",
    "staging.yml",
  ],
  // The comment, the pull request that proposes.
  "pull-requests": ["promote.yml", "pull-request.yml", "rollback.yml"],
  // The branch of the pull request; the branch of the states.
  contents: ["nightly.yml", "promote.yml", "rebuild.yml", "rollback.yml"],
  // What scans have found.
  "security-events": ["pull-request.yml"],
};

const folder = path.join(projectRoot, ".github/workflows");
const read = (file: string) => readFileSync(path.join(projectRoot, file), "utf8");
const workflows = readdirSync(folder).map((name) => {
  const text = read(`.github/workflows/${name}`);
  return { name, text, workflow: load(text) as Workflow };
});
const composite = [".github/actions/setup/action.yml"].map((name) => ({ name, text: read(name) }));
const shells = [...workflows, ...composite, { name: "docs/gitlab-ci.yml", text: read("docs/gitlab-ci.yml") }];

describe("the workflows", () => {
  for (const { name, text } of [...workflows, ...composite]) {
    describe(name, () => {
      it("uses actions by a commit that its version names", () => {
        for (const [, used = ""] of text.matchAll(/^\s*(?:- )?uses: (.+)$/gm)) {
          if (used.startsWith("./")) {
            const local = used.replace(/^\.\/(?:factory\/)?/, "");
            assert.ok(existsSync(path.join(projectRoot, local)), `${used} is not there`);
            continue;
          }
          const [, action = "", commit, version] = /^([^@]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)$/.exec(used) ?? [];
          assert.deepEqual(actions[action], [commit, version], used);
        }
      });

      it("puts nothing that others write into a script", () => {
        const { jobs = {}, runs = { steps: [] } } = load(text) as Partial<Workflow> & { runs?: { steps: Step[] } };
        const steps = [...Object.values(jobs).flatMap((job) => job.steps ?? []), ...runs.steps];
        for (const { run = "" } of steps) assert.ok(!run.includes("${{"), run);
      });
    });
  }

  for (const { name, workflow } of workflows) {
    it(`${name} lets a job do only what it has to`, () => {
      assert.deepEqual(workflow.permissions, {}, "nothing at the top");
      for (const [job, { permissions }] of Object.entries(workflow.jobs)) {
        assert.ok(permissions !== undefined, `${job} says nothing of permissions`);
        for (const [scope, access] of Object.entries(permissions)) {
          if (access === "write") assert.ok(mayWrite[scope]?.includes(name), `${job} writes ${scope}`);
          else assert.equal(access, "read");
        }
      }
    });

    it(`${name} leaves no token in a checkout, but where it has to push`, () => {
      for (const { steps = [], permissions } of Object.values(workflow.jobs)) {
        for (const { uses = "", with: given } of steps) {
          if (!uses.startsWith("actions/checkout@")) continue;
          assert.equal(given?.["persist-credentials"], permissions?.contents === "write");
        }
      }
    });
  }

  it("sign in two files only: build.yml, which others call, and prod.yml, which nobody can", () => {
    const up = workflows.filter(({ text }) => /pulumi up --stack ("\$STACK"|prod)/.test(text)).map(({ name }) => name);
    assert.deepEqual(up, ["build.yml", "prod.yml", "pull-request.yml"]);
    const keys = workflows.filter(({ text }) => /factory rescan(?!.*--no-attest)/.test(text)).map(({ name }) => name);
    assert.deepEqual(keys, ["build.yml"]);
    const { on } = workflows.find(({ name }) => name === "prod.yml")?.workflow ?? { on: {} };
    assert.deepEqual(Object.keys(on), ["push"]);
    assert.match(read("Pulumi.prod.yaml"), /factory:signingWorkflow: .*\/prod\.yml@refs\/heads\/main/);
    // A pull request's own stack has no key that counts.
    const proposed = workflows.find(({ name }) => name === "pull-request.yml")?.text ?? "";
    assert.equal((proposed.match(/derive-stack "\$STACK" --from staging --pull-request/g) ?? []).length, 2);
  });

  it("adopt in a job that cannot sign, and sign in one that cannot adopt", () => {
    const rebuild = workflows.find(({ name }) => name === "rebuild.yml");
    for (const [job, { permissions, steps = [], uses }] of Object.entries(rebuild?.workflow.jobs ?? {})) {
      const watches = steps.some(({ run = "" }) => run.includes("factory watch --once --stack staging"));
      assert.equal(watches, uses === undefined, job);
      assert.equal(permissions?.contents, watches ? "write" : "read", job);
      const roles = JSON.stringify(steps).match(/vars\.FACTORY_\w*ROLE/g) ?? [];
      assert.deepEqual(roles, watches ? ["vars.FACTORY_WATCHER_ROLE"] : [], job);
    }
    const called = workflows.filter(({ text }) => text.includes("uses: ./.github/workflows/rebuild.yml"));
    assert.deepEqual(
      called.map(({ name }) => name),
      ["nightly.yml"],
    );
  });

  it("keep what a run leaves as an artifact, under the name by which it is entered", () => {
    const build = workflows.find(({ name }) => name === "build.yml")?.text ?? "";
    assert.match(build, /name: factory-\$\{\{ inputs\.stack \}\}-\$\{\{ inputs\.operation \}\}/);
    assert.match(build, /\/\.factory\/runs\n/);
    const rebuild = workflows.find(({ name }) => name === "rebuild.yml")?.text ?? "";
    assert.match(rebuild, /gh run download "\$RUN" --name factory-staging-up --dir \.factory/);
  });

  it("keep what prod's run leaves, and tell of it by a role that can only read", () => {
    const { prod, tell } = workflows.find(({ name }) => name === "prod.yml")?.workflow.jobs ?? {};
    const scripts = (job: Job | undefined) => (job?.steps ?? []).flatMap(({ run = [] }) => run).join("\n");
    const roles = (job: Job | undefined) => JSON.stringify(job).match(/vars\.FACTORY_\w*ROLE/g);
    assert.deepEqual([prod?.environment, roles(prod)], ["prod", ["vars.FACTORY_ROLE"]]);
    assert.deepEqual([tell?.environment, roles(tell)], ["prod-watch", ["vars.FACTORY_READER_ROLE"]]);
    const record = /pulumi up --stack prod .*--json > events\.json\nfactory record events\.json --stack prod$/;
    assert.match(scripts(prod), record);
    assert.ok(JSON.stringify(prod).includes('"PULUMI_ENABLE_STREAMING_JSON_PREVIEW":"true"'));
    assert.ok(JSON.stringify(prod).includes('"name":"factory-prod-up","path":".factory/runs"'));
    assert.match(
      scripts(tell),
      /^gh run download "\$RUN" --name factory-prod-up --dir \.factory\/runs\nfactory notify --stack prod$/,
    );
    assert.ok(!scripts(prod).includes("notify"));
    assert.ok(!JSON.stringify(prod).includes("SLACK"));
  });

  it("record each update of a stack that releases, and tell people of it", () => {
    for (const { name, text } of shells) {
      if (!/pulumi up --stack (?:"\$STACK"|staging|prod)/.test(text) || name === "pull-request.yml") continue;
      assert.match(text, /factory record events\.json --stack/, name);
      assert.match(text, /factory notify --stack/, name);
    }
  });

  it("name variables that docs/workflows.md explains", () => {
    const documented = read("docs/workflows.md");
    for (const { name, text } of workflows) {
      for (const [, variable = ""] of text.matchAll(/\bvars\.(\w+)/g)) {
        assert.ok(documented.includes(`\`${variable}\``), `${name}: ${variable}`);
      }
    }
  });
});

describe("the template for GitLab", () => {
  interface GitlabJob {
    readonly extends?: string | readonly string[];
    readonly stage?: string;
    readonly variables?: Readonly<Record<string, string>>;
    readonly script?: readonly string[];
    readonly after_script?: readonly string[];
    readonly needs?: readonly { readonly job: string; readonly artifacts: boolean }[];
    readonly artifacts?: { readonly when?: string; readonly paths?: readonly string[] };
    readonly rules?: readonly { readonly if?: string; readonly when?: string }[];
  }
  // A reference to another job's script is no YAML of ours.
  const template = load(read("docs/gitlab-ci.yml").replaceAll("!reference ", "")) as Readonly<
    Record<string, GitlabJob>
  >;
  const jobs = Object.entries(template).filter(([, { stage }]) => stage !== undefined);
  const lines = (name: string, key: "script" | "after_script" = "script") => {
    const job = template[name];
    const parents = [job?.extends ?? []].flat().flatMap((parent) => template[parent]?.[key] ?? []);
    return [job?.[key] ?? parents].flat().join("\n");
  };
  const role = (name: string) => {
    const parents = [template[name]?.extends ?? []].flat().map((parent) => template[parent]?.variables?.AWS_ROLE_ARN);
    return template[name]?.variables?.AWS_ROLE_ARN ?? parents.find((each) => each !== undefined);
  };
  const whenOf = (name: string, source: string) =>
    template[name]?.rules?.find(({ if: condition = "" }) => condition.includes(`"${source}"`));

  it("has a stage for every job, and only jobs of its own to extend", () => {
    const stages = [".pre", ...(template.stages as unknown as readonly string[])];
    for (const [name, job] of jobs) {
      assert.ok(stages.includes(job.stage ?? ""), name);
      for (const parent of [job.extends ?? []].flat()) assert.ok(parent in template, `${name} extends ${parent}`);
    }
  });

  it("enters what came of the rebuilds that a look began, also of those that failed", () => {
    for (const name of ["look", "enter"]) {
      assert.match(lines(name), /factory watch --once --stack staging$/);
      for (const source of ["schedule", "trigger"]) assert.ok(whenOf(name, source), `${name} on ${source}`);
    }
    assert.equal(whenOf("enter", "schedule")?.when, "always");
    assert.deepEqual(template.enter?.needs, [{ job: "staging", artifacts: true }]);
    assert.match(lines("staging"), /trigger\|schedule\) release=channel/);
    assert.equal(whenOf("staging", "schedule"), undefined, "nothing keeps it from building at night");
    assert.match(lines("staging", "after_script"), /factory record events\.json --stack staging/);
    assert.equal(template.staging?.artifacts?.when, "always");
    assert.ok(template.staging?.artifacts?.paths?.includes(".factory/runs"));
  });

  it("takes the role that signs only where something is built, and prod's only where it is promoted", () => {
    const roles = Object.fromEntries(jobs.filter(([name]) => name !== "check").map(([name]) => [name, role(name)]));
    assert.deepEqual(roles, {
      "merge-request": "$FACTORY_ROLE",
      "merge-request-closed": "$FACTORY_ROLE",
      staging: "$FACTORY_ROLE",
      nightly: "$FACTORY_ROLE",
      prod: "$FACTORY_ROLE",
      look: "$FACTORY_WATCHER_ROLE",
      enter: "$FACTORY_WATCHER_ROLE",
      "nightly-prod": "$FACTORY_READER_ROLE",
      promote: "$FACTORY_READER_ROLE",
      rollback: "$FACTORY_READER_ROLE",
      tell: "$FACTORY_READER_ROLE",
    });
  });
});

describe("every command that a workflow calls", () => {
  const help = new Map<string, string>();
  const helpOf = (command: string) => {
    const known = help.get(command);
    if (known !== undefined) return known;
    const text = execFileSync(path.join(projectRoot, "cli/factory"), [command, "--help"], { encoding: "utf8" });
    help.set(command, text);
    return text;
  };

  for (const { name, text } of shells) {
    // A continued line is one; what stands in a comment is no command.
    const lines = text
      .replaceAll("\\\n", " ")
      .split("\n")
      .filter((line) => !/^\s*#/.test(line));
    it(`of factory is there, with its options: ${name}`, () => {
      for (const line of lines) {
        for (const [, command = "", rest = ""] of line.matchAll(/(?:^|[\s;|(])factory ([a-z][a-z-]+)([^|;&>]*)/g)) {
          if (!/^\s*(?:- )?(?:run: )?(?:if .*; then )?factory /.test(line.slice(line.search(/\S/)))) continue;
          const usage = helpOf(command);
          assert.match(usage, new RegExp(`^Usage: factory ${command}`), line);
          for (const [option] of rest.matchAll(/--[a-z][a-z-]+/g)) {
            assert.match(usage, new RegExp(`${option}\\b`), `factory ${command} has no ${option}`);
          }
        }
      }
    });

    it(`of npm is a script of package.json: ${name}`, () => {
      const { scripts } = JSON.parse(read("package.json")) as { scripts: Readonly<Record<string, string>> };
      for (const line of lines) {
        for (const [, script = ""] of line.matchAll(/npm run (?:--silent |-s )?([\w-]+)/g)) {
          assert.ok(Object.hasOwn(scripts, script), `npm run ${script}`);
        }
      }
    });

    it(`of this repository can be run: ${name}`, () => {
      for (const [script] of text.matchAll(/\.github\/[\w-]+\.sh/g)) {
        accessSync(path.join(projectRoot, script), constants.X_OK);
      }
    });
  }

  it("is looked at: all commands that are meant to be there are found", () => {
    const called = shells.flatMap(({ text }) =>
      [...text.matchAll(/\bfactory ([a-z][a-z-]+) /g)].map(([, each]) => each),
    );
    const meant = [
      "builders",
      "derive-stack",
      "impact",
      "notify",
      "promote",
      "record",
      "rescan",
      "rollback",
      "status",
      "watch",
    ];
    for (const command of meant) assert.ok(called.includes(command), command);
  });
});
