/**
 * The program of the scheduled puller (Lambda, Node 22, which has the client of ECR). It asks for manifests as a pull does,
 * one after another, reads nothing of them, and fails at the end where any could not be had, naming all of them.
 */
export const PULLER_SOURCE = `import { ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";

const accept = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

export async function pull(origin, token, images, request = fetch) {
  const failed = [];
  for (const image of images) {
    const [, repository, tag] = /^(.+):([^:]+)$/.exec(image);
    const headers = { accept, authorization: "Basic " + token };
    const answer = await request(origin + "/v2/" + repository + "/manifests/" + tag, { headers }).catch(String);
    if (answer.ok) await answer.arrayBuffer();
    else failed.push(image + ": " + (answer.status ?? answer));
  }
  if (failed.length > 0) throw new Error(failed.length + " of " + images.length + " could not be pulled: " + failed.join("; "));
}

export async function handler() {
  const { authorizationData } = await new ECRClient({}).send(new GetAuthorizationTokenCommand({}));
  const [{ authorizationToken }] = authorizationData;
  await pull("https://" + process.env.REGISTRY, authorizationToken, JSON.parse(process.env.IMAGES));
}
`;
