import type { Signals } from "../../shared/consent.js";
import type { PanelNotice } from "../../shared/wire.js";
import type { Site } from "../sites/site.js";
import { noticeHash, noticeIn, type Policies } from "./policies.js";

/** The consent question as the panel shows it: words, version and hash of the policy in force. */
export async function presentNotice(
  deps: { policies: Policies; publicUrl: URL },
  site: Site,
  language: string,
  signals: Signals,
): Promise<PanelNotice> {
  const { inForce, upcoming } = await deps.policies.stateOf(site.id);
  const notice = noticeIn(inForce, language);
  return {
    place: site.rules.notice.place,
    policyVersion: inForce.version,
    title: notice.title,
    text: notice.text,
    policyUrl: new URL(
      `privacy/policy/${encodeURIComponent(site.key)}?language=${encodeURIComponent(language)}`,
      deps.publicUrl,
    ).href,
    textHash: noticeHash(notice),
    age: site.rules.age.gate ? { min: site.rules.age.min } : null,
    upcoming:
      upcoming === null
        ? null
        : {
            policyVersion: upcoming.version,
            effectiveAt: upcoming.effectiveAt,
            changes: upcoming.changes,
          },
    signals,
  };
}
