import { tellCount } from "../../state/tell-numbers.js";

export interface CountRow {
  name: string;
  /** Null where it is under ten: one person must not show (JIVO-06). */
  count: number | null;
}

/** Names, numbers, and a bar that repeats the number for the eye. Nothing where there is nothing. */
export function CountTable({ title, rows }: { title: string; rows: CountRow[] }) {
  const shown = rows.filter((row) => row.count !== 0);
  if (shown.length === 0) return null;
  const most = Math.max(1, ...shown.map((row) => row.count ?? 0));
  return (
    <table class="counts">
      <caption>{title}</caption>
      <tbody>
        {shown.map((row) => (
          <tr key={row.name}>
            <th scope="row" dir="auto">
              {row.name === "" ? "not known" : row.name}
            </th>
            <td class="counts-bar" aria-hidden="true">
              <i style={{ inlineSize: `${((row.count ?? 0) / most) * 100}%` }} />
            </td>
            <td>{row.count === null ? "under 10" : tellCount(row.count)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
