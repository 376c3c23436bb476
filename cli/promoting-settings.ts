import { ProblemsError } from "../domain/problems.js";
import type { PromotingSettings } from "../domain/promotion/policy.js";
import { stackFile } from "../domain/settings/stack-file.js";
import type { Settings } from "../domain/settings/types.js";

/** The settings of a stack that promotes. @throws ProblemsError for one that builds */
export function promotingSettings(settings: Settings): PromotingSettings {
  const { promotes, stack } = settings;
  if (promotes !== undefined) return { ...settings, promotes };
  const message = `the stack "${stack}" builds its images; it promotes none.`;
  const remedy = "Name a stack whose settings have factory:promotes, e.g. --stack prod.";
  throw new ProblemsError("the settings", [{ place: { file: stackFile(stack) }, message, remedy }]);
}
