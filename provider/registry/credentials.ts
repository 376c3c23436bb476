import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { z } from "zod";
import { ProblemsError } from "../../domain/problems.js";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

const configSchema = z.object({
  auths: z.record(z.string(), z.object({ auth: z.string().optional() })).optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
  credsStore: z.string().optional(),
});

/** Docker Hub's registry, and the name under which every client keeps its login. */
const HUB = "registry-1.docker.io";
const HUB_LOGIN = "index.docker.io";

const answerSchema = z.object({ Username: z.string(), Secret: z.string() });

/**
 * What docker's configuration (`$DOCKER_CONFIG/config.json`) holds for a registry: of the helper named for it, else of
 * the store named for all, else in the file itself. Undefined where there is none, which means anonymous.
 *
 * @throws ProblemsError that names the file or the helper, and never what they hold.
 */
export async function findCredentials(registry: string): Promise<Credentials | undefined> {
  const host = registry === HUB ? HUB_LOGIN : registry;
  const file = path.join(process.env.DOCKER_CONFIG ?? path.join(homedir(), ".docker"), "config.json");
  const config = parseConfig(file, await readIfThere(file));
  const helper = valueFor(host, config.credHelpers) ?? config.credsStore;
  const found = helper === undefined || helper === "" ? undefined : await askHelper(file, helper, host);
  return found ?? decode(valueFor(host, config.auths)?.auth);
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "{}";
    throw problem(file, "the file cannot be read.", "Let this user read it, or point DOCKER_CONFIG to another folder.");
  }
}

function parseConfig(file: string, text: string): z.output<typeof configSchema> {
  try {
    return configSchema.parse(JSON.parse(text));
  } catch {
    // Neither parser's message: both quote the text, which holds passwords.
    throw problem(file, "this is no configuration of docker.", "Repair it, or log in again with `docker login`.");
  }
}

/** Keys are host names, or addresses as older clients wrote them: `https://host/v1/`. */
function valueFor<T>(host: string, entries: Readonly<Record<string, T>> = {}): T | undefined {
  const key = Object.keys(entries).find((it) => it.replace(/^https?:\/\//, "").split("/")[0] === host);
  return key === undefined ? undefined : entries[key];
}

function decode(auth: string | undefined): Credentials | undefined {
  const [, username, password] = /^([^:]+):(.*)$/s.exec(Buffer.from(auth ?? "", "base64").toString()) ?? [];
  return username === undefined || password === undefined ? undefined : { username, password };
}

/** https://github.com/docker/docker-credential-helpers */
async function askHelper(file: string, helper: string, host: string): Promise<Credentials | undefined> {
  const program = `docker-credential-${helper}`;
  if (!/^[\w.-]+$/.test(helper)) throw problem(file, `"${helper}" is no name of a credential helper.`, "Correct it.");
  const { failed, stdout } = await new Promise<{ failed: unknown; stdout: string }>((done) => {
    const child = execFile(program, ["get"], (failed, stdout) => done({ failed, stdout }));
    // A helper that ends without reading is no fault.
    child.stdin?.on("error", () => {}).end(host === HUB_LOGIN ? `https://${HUB_LOGIN}/v1/` : host);
  });
  if (failed === null) {
    const answer = answerSchema.safeParse(parseJson(stdout));
    if (!answer.success) throw problem(program, "its answer is not what a credential helper gives.", "Update it.");
    return { username: answer.data.Username, password: answer.data.Secret };
  }
  if (/credentials not found/i.test(stdout)) return undefined;
  if (failed instanceof Error && "code" in failed && failed.code === "ENOENT") {
    throw problem(file, `${program}, which it names for ${host}, is not on PATH.`, "Install it, or take it out.");
  }
  throw problem(program, `it gave no credentials for ${host}.`, `Type: echo ${host} | ${program} get`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problem(file: string, message: string, remedy: string): ProblemsError {
  return new ProblemsError("docker's credentials", [{ place: { file }, message, remedy }]);
}
