import { attach } from "../../provider/registry/attach.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { bundleOf, newSigner } from "./bundles.js";

/** Started by a test as a process of its own: `attach-loop REPOSITORY SUBJECT NAME COUNT` attaches bundles one by one. */
async function main([repository = "", subject = "", name = "", count = ""]: readonly string[]): Promise<void> {
  const client = new RegistryClient(repository);
  const signer = newSigner();
  for (let index = 0; index < Number(count); index++) {
    const bundle = await bundleOf(signer, subject, `https://example.com/${name}/${index}`);
    await attach(client, repository, subject, [bundle]);
  }
}

main(process.argv.slice(2));
