/** How long a view was really looked at: runs while the page is visible. Pure but for its clock. */
export interface DwellClock {
  setVisible: (visible: boolean) => void;
  /** Milliseconds so far. */
  read: () => number;
}

export function makeDwellClock(visible: boolean, now: () => number): DwellClock {
  let total = 0;
  let since = visible ? now() : null;
  return {
    setVisible(visibleNow) {
      if (visibleNow && since === null) since = now();
      if (!visibleNow && since !== null) {
        total += now() - since;
        since = null;
      }
    },
    read: () => Math.round(total + (since === null ? 0 : now() - since)),
  };
}
