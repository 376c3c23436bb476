import type { RollbackEntry } from "../../domain/rollback/manifest.js";
import { standing } from "../../domain/rollback/standing.js";
import { planRollback, type RollbackContext, RollbackRefusal } from "./plan-rollback.js";

/**
 * What an image can go back to, verified now. Writes nothing.
 *
 * @param digest what it was released as last
 * @param now RFC 3339
 * @throws RegistryError
 */
export async function rollbackEntry(
  context: RollbackContext,
  image: string,
  digest: string,
  now: string,
): Promise<Omit<RollbackEntry, "command">> {
  const rollback = standing(context.rollbacks, context.settings.stack, image);
  if (rollback !== undefined) {
    const reason = `it is rolled back since ${rollback.at} (${rollback.reason}).`;
    return { image, current: rollback.to, reason };
  }
  try {
    const { from, to } = await planRollback(context, image, undefined);
    return { image, current: from, previous: to, verifiedAt: now };
  } catch (error) {
    if (!(error instanceof RollbackRefusal)) throw error;
    return { image, current: digest, reason: error.message };
  }
}
