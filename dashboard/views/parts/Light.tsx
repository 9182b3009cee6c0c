/** The porch light: warm when somebody is there, an unlit ring when not. Words always go with it. */
export function Light({ on, label }: { on: boolean; label?: string }) {
  return (
    <span
      class={on ? "light is-on" : "light"}
      role={label === undefined ? undefined : "img"}
      aria-label={label}
      aria-hidden={label === undefined}
    />
  );
}
