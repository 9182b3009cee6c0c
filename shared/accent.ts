/**
 * A site's colour made readable. The hue stays; lightness (OKLCH, Björn Ottosson 2020) moves until
 * the text on it has a contrast of 4.5:1 (WCAG 2.2, 1.4.3) and, on a dark ground, until the shape
 * itself stands out from that ground (1.4.11 asks 3:1; 3.7:1 looks as calm as in the light). Pure.
 */
export interface Accent {
  /** `#rrggbb` */
  accent: string;
  /** Colour of text and icons on it. */
  onAccent: string;
  /** For focus rings and links on the ground: the accent where it has 3:1 there, else the text colour. */
  ring: string;
}

type Rgb = readonly [number, number, number];

const themes = {
  light: { ground: "#ffffff", text: "#14181f" },
  dark: { ground: "#14171c", text: "#eceff4" },
} as const;

const white = "#ffffff";
const ink = "#14181f";
const fallback = "#2457d6";

/** Below this contrast with white a colour counts as light: dark text suits it better. */
const lightFrom = 2.2;

export function makeAccent(color: string, theme: "light" | "dark"): Accent {
  const start = /^#[0-9a-f]{6}$/i.test(color) ? color.toLowerCase() : fallback;
  const { ground, text } = themes[theme];
  const onAccent = contrast(start, white) < lightFrom ? ink : white;
  const fits = (candidate: string): boolean =>
    contrast(candidate, onAccent) >= 4.5 &&
    (theme === "light" || contrast(candidate, ground) >= 3.7);
  const accent = moveLightness(start, fits);
  return { accent, onAccent, ring: contrast(accent, ground) >= 3 ? accent : text };
}

/** Contrast ratio of two `#rrggbb` colours, 1 to 21 (WCAG 2.2, "contrast ratio"). */
export function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

/** The nearest lightness, in steps of 1/200, at which the colour fits. */
function moveLightness(color: string, fits: (candidate: string) => boolean): string {
  if (fits(color)) return color;
  const [lightness, chroma, hue] = toLch(color);
  for (let step = 1; step <= 200; step += 1) {
    for (const moved of [lightness - step / 200, lightness + step / 200]) {
      if (moved < 0 || moved > 1) continue;
      const candidate = fromLch(moved, chroma, hue);
      if (fits(candidate)) return candidate;
    }
  }
  return fallback;
}

function luminance(color: string): number {
  const [r, g, b] = toLinear(color);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function toLinear(color: string): Rgb {
  const channel = (at: number): number => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

function toLch(color: string): Rgb {
  const [r, g, b] = toLinear(color);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  const lightness = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
  const greenRed = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
  const blueYellow = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  return [lightness, Math.hypot(greenRed, blueYellow), Math.atan2(blueYellow, greenRed)];
}

/** Chroma gives way where sRGB cannot show it, so that the hue stays. */
function fromLch(lightness: number, chroma: number, hue: number): string {
  for (let share = 1; share > 0; share -= 0.05) {
    const rgb = lchToLinear(lightness, chroma * share, hue);
    if (rgb.every((value) => value > -0.001 && value < 1.001)) return toHex(rgb);
  }
  return toHex(lchToLinear(lightness, 0, hue));
}

function lchToLinear(lightness: number, chroma: number, hue: number): Rgb {
  const greenRed = chroma * Math.cos(hue);
  const blueYellow = chroma * Math.sin(hue);
  const l = (lightness + 0.3963377774 * greenRed + 0.2158037573 * blueYellow) ** 3;
  const m = (lightness - 0.1055613458 * greenRed - 0.0638541728 * blueYellow) ** 3;
  const s = (lightness - 0.0894841775 * greenRed - 1.291485548 * blueYellow) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

function toHex(rgb: Rgb): string {
  const channel = (value: number): string => {
    const bounded = Math.min(1, Math.max(0, value));
    const gamma = bounded <= 0.0031308 ? bounded * 12.92 : 1.055 * bounded ** (1 / 2.4) - 0.055;
    return Math.round(gamma * 255)
      .toString(16)
      .padStart(2, "0");
  };
  return `#${rgb.map(channel).join("")}`;
}
