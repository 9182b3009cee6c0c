/** Drawings of the goods; vector, so that the shop needs no photo that somebody else owns. */
const frame = (door: string, drawing: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 240" role="img">
<rect width="320" height="240" fill="${door}"/>
<path d="M0 60h320M0 120h320M0 180h320" stroke="#000" stroke-opacity=".12" stroke-width="2"/>
${drawing}
</svg>
`;

const screw = (x: number, y: number) =>
  `<circle cx="${x}" cy="${y}" r="6" fill="#c9c3b6"/><path d="M${x - 4} ${y - 4}l8 8" stroke="#6d675b" stroke-width="2"/>`;

export const shopPictures: Record<string, string> = {
  "rim-latch-1920": frame(
    "#8d2b1d",
    `<rect x="90" y="80" width="130" height="80" rx="6" fill="#2c2a28"/>
<rect x="220" y="108" width="30" height="24" fill="#b48a3c"/>
<circle cx="150" cy="120" r="22" fill="#d9b25f"/><circle cx="144" cy="113" r="7" fill="#f4dfa8"/>
${screw(102, 92)}${screw(208, 92)}${screw(102, 148)}${screw(208, 148)}`,
  ),
  "keeper-1920": frame(
    "#35506b",
    `<path d="M120 70h60a16 16 0 0 1 16 16v68a16 16 0 0 1-16 16h-60z" fill="#c99b48"/>
<rect x="140" y="98" width="36" height="44" rx="4" fill="#35506b"/>
${screw(130, 82)}${screw(130, 120)}${screw(130, 158)}`,
  ),
  "strap-hinge-1890": frame(
    "#4c5d3a",
    `<path d="M40 108l220-6c24 0 32 10 32 18s-8 18-32 18l-220-6z" fill="#24231f"/>
<rect x="28" y="84" width="22" height="72" rx="8" fill="#3a3833"/>
${screw(100, 120)}${screw(170, 120)}${screw(240, 120)}`,
  ),
};
