import type { JSX } from "preact";

const shapes = {
  close: "M6 6l12 12M18 6L6 18",
  menu: "M5 12h.01M12 12h.01M19 12h.01",
  back: "M15 5l-7 7 7 7",
  send: "M12 19V5M6 11l6-6 6 6",
  photo:
    "M5 5h14a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2zM8.5 10.5h.01M6 19l6-6 3 3 2-2 4 4",
  larger: "M12 5v14M5 12h14",
  smaller: "M5 12h14",
  down: "M12 5v14M6 13l6 6 6-6",
} as const;

/** Drawn beside or inside a labelled control, so it says nothing by itself. */
export function Icon({ name }: { name: keyof typeof shapes }): JSX.Element {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path class={name === "menu" ? "dots" : undefined} d={shapes[name]} />
    </svg>
  );
}
