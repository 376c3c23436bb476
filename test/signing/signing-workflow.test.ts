import assert from "node:assert/strict";
import { requireSigningWorkflow, SigningRefusal, workflowOfThisRun } from "../../provider/signing/signing-workflow.js";
import { RegistryStub } from "../registry-client/registry-stub.js";

const expected = "example/images/.github/workflows/build.yml@refs/heads/main";
const tokenOf = (claims: object) =>
  ["{}", JSON.stringify(claims), "x"].map((part) => Buffer.from(part).toString("base64url")).join(".");

describe("the one workflow that may sign", () => {
  let stub: RegistryStub;
  let answer: { readonly status: number; readonly body: object };
  let env: Record<string, string>;

  before(async () => {
    stub = await RegistryStub.start((_, response) => {
      response.writeHead(answer.status, { "content-type": "application/json" });
      response.end(JSON.stringify(answer.body));
    });
    env = {
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://${stub.address}/token?api-version=2`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "secret",
    };
  });
  after(() => stub.stop());

  const grant = (claims: object) => {
    answer = { status: 200, body: { value: tokenOf(claims) } };
  };

  it("is asked of GitHub, which names the reusable workflow and not its caller", async () => {
    grant({ job_workflow_ref: expected, workflow_ref: "other/team/.github/workflows/ci.yml@refs/heads/main" });
    assert.equal(await workflowOfThisRun(env), expected);
    const asked = stub.asked.at(-1);
    assert.equal(asked?.line, "GET /token?api-version=2&audience=image-factory");
    assert.equal(asked?.authorization, "bearer secret");
    await requireSigningWorkflow(expected, "built.", env);
  });

  it("is read from the token that GitLab gives a job", async () => {
    const ci = "gitlab.example.com/example/images//.gitlab-ci.yml@refs/heads/main";
    const gitlab = { FACTORY_ID_TOKEN: tokenOf({ ci_config_ref_uri: ci }) };
    assert.equal(await workflowOfThisRun(gitlab), ci);
    await requireSigningWorkflow(ci, "built.", gitlab);
  });

  it("is nobody's business where no setting names one", async () => {
    await requireSigningWorkflow(undefined, "built.", {});
  });

  const others: Readonly<Record<string, object>> = {
    "the same file on another branch": { job_workflow_ref: expected.replace("main", "evil") },
    "another file": { job_workflow_ref: expected.replace("build.yml", "evil.yml") },
    "another repository": { job_workflow_ref: `other/${expected}` },
    "a workflow that says it in another claim": { workflow_ref: expected },
  };
  for (const [name, claims] of Object.entries(others)) {
    it(`is not ${name}`, async () => {
      grant(claims);
      await assert.rejects(requireSigningWorkflow(expected, "built.", env), SigningRefusal);
    });
  }

  it("is named to who runs elsewhere, with what was done until there", async () => {
    await assert.rejects(
      requireSigningWorkflow(expected, "web was built.", {}),
      new SigningRefusal(
        `web was built. Only the workflow ${expected} may sign (factory:signingWorkflow), and this run is in no workflow that says who it is: nothing was signed. Run it there: docs/workflows.md says how.`,
      ),
    );
  });

  it("cannot be known where GitHub gives no token, and so nothing is signed", async () => {
    answer = { status: 500, body: {} };
    await assert.rejects(requireSigningWorkflow(expected, "built.", env), /gave no identity token \(500\)/);
  });

  it("is nobody whose token cannot be read", async () => {
    for (const token of ["", "x", "a.b.c", `a.${Buffer.from("[]").toString("base64url")}.c`]) {
      assert.equal(await workflowOfThisRun({ FACTORY_ID_TOKEN: token }), undefined);
    }
  });
});
