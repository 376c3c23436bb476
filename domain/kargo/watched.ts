import type { Stage, Warehouse } from "./models.js";
import { warehouseName } from "./names.js";
import { ADOPTED, WATCHED } from "./pipeline.js";
import type { KargoSettings } from "./settings.js";
import { subscriptionOf } from "./subscription.js";
import type { WatchedImage } from "./types.js";

/** How often Kargo looks where nobody tells it; the receiver is for those that do. */
const INTERVAL = "1h0m0s";

export function warehouseOf({ image, repository }: WatchedImage, { project }: KargoSettings): Warehouse {
  return {
    apiVersion: "kargo.akuity.io/v1alpha1",
    kind: "Warehouse",
    metadata: { name: warehouseName(image), namespace: project, annotations: { "image-factory.dev/image": image } },
    spec: { interval: INTERVAL, freightCreationPolicy: "Automatic", subscriptions: [subscriptionOf(repository)] },
  };
}

/** A promotion is a hint: it tells the factory to look. The Stage is verified when the factory has adopted the digest. */
export function stageOf({ image, repository }: WatchedImage, { dispatch, project, secrets }: KargoSettings): Stage {
  const name = warehouseName(image);
  const digest = `imageFrom("${repository.repoURL}").Digest`;
  // `quote` keeps Kargo from taking what looks like JSON for an object.
  const body = `\${{ quote({"event_type": "digest-seen", "client_payload": {"image": "${image}", "digest": ${digest}}}) }}`;
  return {
    apiVersion: "kargo.akuity.io/v1alpha1",
    kind: "Stage",
    metadata: { name, namespace: project, labels: { ...WATCHED }, annotations: { "image-factory.dev/image": image } },
    spec: {
      requestedFreight: [{ origin: { kind: "Warehouse", name }, sources: { direct: true } }],
      promotionTemplate: {
        spec: {
          steps: [
            {
              uses: "http",
              as: "tell",
              config: {
                method: "POST",
                url: dispatch,
                headers: [
                  { name: "Accept", value: "application/vnd.github+json" },
                  { name: "Authorization", value: `Bearer \${{ secret("${secrets.dispatch}").token }}` },
                ],
                body,
                successExpression: "response.status == 204",
              },
            },
          ],
        },
      },
      verification: {
        analysisTemplates: [{ kind: "AnalysisTemplate", name: ADOPTED }],
        args: [
          { name: "image", value: image },
          { name: "digest", value: `\${{ ${digest} }}` },
        ],
      },
    },
  };
}
