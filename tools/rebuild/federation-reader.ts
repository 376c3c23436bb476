import type { IncludedCatalogue } from "../../domain/catalogue/types.js";
import { federate } from "../../domain/federation/link.js";
import { cataloguesFolder, ownMember } from "../../domain/federation/load-federation.js";
import { loadMembers } from "../../domain/federation/load-members.js";
import type { Federation, Member } from "../../domain/federation/types.js";
import type { Settings } from "../../domain/settings/types.js";
import type { WatchProject } from "./watch-project.js";

/**
 * The federation of a project, for whoever decides often: a commit is read once, and what could not be read is tried again only
 * when that is asked for, so that a repository that does not answer holds up no decision.
 */
export class FederationReader {
  private included: readonly IncludedCatalogue[] = [];
  private members: readonly Member[] = [];

  constructor(
    private readonly root: string,
    private readonly settings: Settings,
  ) {}

  /** @returns undefined where no other catalogue is included */
  async read({ catalogue, graph }: Pick<WatchProject, "catalogue" | "graph">): Promise<Federation | undefined> {
    const { includes } = catalogue;
    if (includes.length === 0) return undefined;
    if (JSON.stringify(includes) !== JSON.stringify(this.included)) await this.refresh({ catalogue });
    return federate(ownMember(graph, this.settings), this.members);
  }

  /** Reads what others declare once more, as far as it could not be read. */
  async refresh({ catalogue: { includes } }: Pick<WatchProject, "catalogue">): Promise<void> {
    this.members = await loadMembers(cataloguesFolder(this.root), includes);
    this.included = includes;
  }
}
