import { main } from "@pulumi/pulumi/provider";
import { FactoryProvider } from "./factory-provider.js";
import { evidence } from "./resources/evidence.js";
import { mirroredImage } from "./resources/mirrored-image.js";
import { poolImage } from "./resources/pool-image.js";
import { promotedImage } from "./resources/promoted-image.js";
import { release } from "./resources/release.js";
import { verifiedImage } from "./resources/verified-image.js";
import { Evidence } from "./sdk/evidence.js";
import { MirroredImage } from "./sdk/mirrored-image.js";
import { PoolImage } from "./sdk/pool-image.js";
import { PromotedImage } from "./sdk/promoted-image.js";
import { Release } from "./sdk/release.js";
import { VerifiedImage } from "./sdk/verified-image.js";

const version = "0.1.0";

const provider = new FactoryProvider(
  version,
  {
    [Evidence.__pulumiType]: evidence,
    [MirroredImage.__pulumiType]: mirroredImage,
    [PoolImage.__pulumiType]: poolImage,
    [PromotedImage.__pulumiType]: promotedImage,
    [Release.__pulumiType]: release,
    [VerifiedImage.__pulumiType]: verifiedImage,
  },
  process.cwd(),
);

void main(provider, process.argv.slice(2));
