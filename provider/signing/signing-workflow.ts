import { z } from "zod";

/** What a forge says of a job in its token: GitHub names the workflow that holds the job, GitLab the pipeline's file. */
const claimsSchema = z.looseObject({
  job_workflow_ref: z.string().exactOptional(),
  ci_config_ref_uri: z.string().exactOptional(),
});

type Environment = Readonly<Record<string, string | undefined>>;

/** A run that may not sign: the key's own policy would refuse it, too, but says nothing of where to go. */
export class SigningRefusal extends Error {
  override readonly name = "SigningRefusal";
}

/**
 * Stops a run that is not the one workflow that may sign. Whoever can use the key is decided by the key's policy, which
 * binds the same identity; this asks first, so that the error says what to do.
 *
 * @param expected `example/images/.github/workflows/build.yml@refs/heads/main`; undefined where anybody with the key may
 * @param state what was done until here, as a sentence
 * @throws SigningRefusal
 */
export async function requireSigningWorkflow(
  expected: string | undefined,
  state: string,
  env: Environment = process.env,
  signal?: AbortSignal,
): Promise<void> {
  if (expected === undefined) return;
  const found = await workflowOfThisRun(env, signal);
  if (found === expected) return;
  const here = found === undefined ? "this run is in no workflow that says who it is" : `this run is ${found}`;
  throw new SigningRefusal(
    `${state} Only the workflow ${expected} may sign (factory:signingWorkflow), and ${here}: nothing was signed. Run it there: docs/workflows.md says how.`,
  );
}

/** The identity that the forge gives to this job; undefined outside of one, or where the job may not ask (`id-token: write`). */
export async function workflowOfThisRun(env: Environment, signal?: AbortSignal): Promise<string | undefined> {
  const token = env.FACTORY_ID_TOKEN ?? (await githubToken(env, signal));
  const payload = token?.split(".")[1];
  if (payload === undefined) return undefined;
  // Not verified: it was asked for here, and the key's policy verifies it where it matters.
  const claims = claimsSchema.safeParse(readJson(Buffer.from(payload, "base64url").toString()));
  return claims.data?.job_workflow_ref ?? claims.data?.ci_config_ref_uri;
}

async function githubToken(env: Environment, signal: AbortSignal | undefined): Promise<string | undefined> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret } = env;
  if (url === undefined || secret === undefined) return undefined;
  const address = new URL(url);
  address.searchParams.set("audience", "image-factory");
  const headers = { authorization: `bearer ${secret}` };
  const response = await fetch(address, { headers, ...(signal === undefined ? {} : { signal }) });
  if (!response.ok) {
    await response.body?.cancel();
    throw new SigningRefusal(
      `${address.origin} gave no identity token (${response.status}), so nobody knows whether this run may sign; nothing was signed. Run it again.`,
    );
  }
  const { value } = (await response.json()) as { readonly value?: unknown };
  return typeof value === "string" ? value : undefined;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
