/** How a photo stands in the viewer: its scale and how far it is moved, in px. Pure. */
export interface Zoom {
  scale: number;
  x: number;
  y: number;
}

interface Room {
  width: number;
  height: number;
}

export const rest: Zoom = { scale: 1, x: 0, y: 0 };

export function zoomTo(zoom: Zoom, scale: number, room: Room): Zoom {
  const bounded = Math.min(8, Math.max(1, scale));
  const ratio = bounded / zoom.scale;
  return keep({ scale: bounded, x: zoom.x * ratio, y: zoom.y * ratio }, room);
}

export function moveBy(zoom: Zoom, x: number, y: number, room: Room): Zoom {
  return keep({ ...zoom, x: zoom.x + x, y: zoom.y + y }, room);
}

/** The photo never leaves the room altogether. */
function keep(zoom: Zoom, room: Room): Zoom {
  const overX = (room.width * (zoom.scale - 1)) / 2;
  const overY = (room.height * (zoom.scale - 1)) / 2;
  const bound = (value: number, over: number): number => Math.min(over, Math.max(-over, value)) + 0;
  return { scale: zoom.scale, x: bound(zoom.x, overX), y: bound(zoom.y, overY) };
}
