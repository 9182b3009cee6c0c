/** One stroke, 24 units, drawn here: no icon font, no request. Decorative: words stand beside it. */
const shapes = {
  chat: "M4 5h16v11H11l-4 4v-4H4z",
  mail: "M3 6h18v13H3zM3.5 7l8.5 6 8.5-6",
  chart: "M5 20v-7M12 20V4M19 20v-10",
  shield: "M12 3l7.5 2.5v6c0 4.5-3 7.6-7.5 9.5-4.5-1.9-7.5-5-7.5-9.5v-6zM9 12l2.2 2.2 4-4.2",
  gear: "M12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM12 2.5v3M12 18.5v3M2.5 12h3M18.5 12h3M5.3 5.3l2.1 2.1M16.6 16.6l2.1 2.1M5.3 18.7l2.1-2.1M16.6 7.4l2.1-2.1",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5L20 20",
  photo: "M3 5h18v14H3zM3 16l5-4.5 4 3.5 3-2.5 6 4.5M15.5 9.5h.01",
  send: "M12 19V5M6 11l6-6 6 6",
  close: "M6 6l12 12M18 6L6 18",
  back: "M15 5l-7 7 7 7",
  info: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 11v5M12 8h.01",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  check: "M5 12.5l4.5 4.5L19 7",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  down: "M6 9l6 6 6-6",
  retry: "M19 12a7 7 0 1 1-2.2-5.1M19 4v4h-4",
} as const;

export type IconName = keyof typeof shapes;

export function Icon({ name, flip = false }: { name: IconName; flip?: boolean }) {
  return (
    <svg class={flip ? "icon flips" : "icon"} viewBox="0 0 24 24" aria-hidden="true">
      <path d={shapes[name]} />
    </svg>
  );
}
