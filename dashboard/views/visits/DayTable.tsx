import type { VisitReport } from "../../../shared/privacy.js";
import { tellCount, tellIsoDay } from "../../state/tell-numbers.js";

/** Day by day: what was seen with consent, and the bare counter of those without. */
export function DayTable({ days }: { days: VisitReport["days"] }) {
  if (days.length === 0) return null;
  const most = Math.max(1, ...days.map((day) => day.views ?? 0));
  return (
    <table class="counts is-days">
      <caption>Days</caption>
      <thead>
        <tr>
          <th scope="col">Day</th>
          <td />
          <th scope="col">Page views</th>
          <th scope="col">Browsers</th>
          <th scope="col">Without consent</th>
        </tr>
      </thead>
      <tbody>
        {days.map(({ day, views, users, counted }) => (
          <tr key={day}>
            <th scope="row">{tellIsoDay(day)}</th>
            <td class="counts-bar" aria-hidden="true">
              <i style={{ inlineSize: `${((views ?? 0) / most) * 100}%` }} />
            </td>
            {[views, users, counted].map((count, index) => (
              <td key={index}>{count === null ? "under 10" : tellCount(count)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
