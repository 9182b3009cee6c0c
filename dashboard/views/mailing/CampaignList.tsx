import type { Campaign } from "../../../shared/wire.js";
import { tellRefusal } from "../../state/tell-refusal.js";
import { tellCount, tellDateAndTime } from "../../state/tell-numbers.js";
import { useApp } from "../use-app.js";

/** What became of each mailing: how many left, how many were refused and why. */
export function CampaignList() {
  const { mailing } = useApp();
  const campaigns = mailing.campaigns.value;
  if (campaigns === null) return null;
  return (
    <section class="form">
      <h2>Results</h2>
      {campaigns.length === 0 && <p class="quiet">No mailing was sent yet.</p>}
      <ul class="cards">
        {campaigns.map((campaign) => (
          <li class="card" key={campaign.id}>
            <h3 dir="auto">{campaign.subject}</h3>
            <p class="quiet">
              {tellDateAndTime(campaign.createdAt)}. {tellState(campaign)}
            </p>
            <p>
              <b>{tellCount(campaign.sent)}</b> sent
              {campaign.refused.map((refused) => (
                <span key={refused.reason}>
                  , <b>{tellCount(refused.count)}</b> refused: {tellRefusal(refused.reason)}
                </span>
              ))}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function tellState({ state }: Campaign): string {
  return { draft: "Not sent", sending: "Being sent", done: "Done" }[state];
}
