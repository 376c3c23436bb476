import type { CloudStack } from "../domain/cloud/names.js";
import type { Settings } from "../domain/settings/types.js";
import type { CloudFoundation, CloudFoundationArgs } from "./cloud/cloud-foundation.js";

/** The cloud of a stack that has one. The SDKs of the clouds take a second to load, which a local stack does not spend. */
export async function foundationOf(
  settings: Settings,
  args: Omit<CloudFoundationArgs, "settings">,
): Promise<CloudFoundation | undefined> {
  const { cloud } = settings;
  if (cloud === undefined) return undefined;
  const { CloudFoundation } = await import("./cloud/cloud-foundation.js");
  const inCloud: CloudStack = { ...settings, cloud };
  return new CloudFoundation("cloud", { settings: inCloud, ...args });
}
