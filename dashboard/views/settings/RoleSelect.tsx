import type { Role } from "../../../shared/wire.js";
import type { FieldIds } from "../parts/Field.js";

const roles: { role: Role; words: string }[] = [
  { role: "viewer", words: "Viewer" },
  { role: "operator", words: "Operator" },
  { role: "admin", words: "Admin" },
];

/** What an account may do; each role holds what the one before it may. */
export function RoleSelect(props: {
  ids?: FieldIds;
  label?: string;
  value: Role;
  change: (role: Role) => void;
}) {
  return (
    <select
      {...props.ids}
      aria-label={props.label}
      value={props.value}
      onChange={(event) => {
        const chosen = roles.find(({ role }) => role === event.currentTarget.value);
        if (chosen !== undefined) props.change(chosen.role);
      }}
    >
      {roles.map(({ role, words }) => (
        <option key={role} value={role}>
          {words}
        </option>
      ))}
    </select>
  );
}
