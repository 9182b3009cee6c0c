import type { Page } from "playwright-core";

/**
 * What a page does wrong for people who see little or nothing, as sentences: text with too little
 * contrast (WCAG 1.4.3), controls without a name (4.1.2), ids that stand twice, and content that is
 * wider than the window (1.4.10). Runs in the page; measures what is really drawn.
 */
export function findA11yFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    type Rgba = [number, number, number, number];
    const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    function parse(color: string): Rgba {
      if (pen === null) throw new Error("no canvas");
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = color;
      pen.fillRect(0, 0, 1, 1);
      const [r = 0, g = 0, b = 0, a = 0] = pen.getImageData(0, 0, 1, 1).data;
      return [r, g, b, a / 255];
    }
    const over = (top: Rgba, base: Rgba): Rgba => {
      const mix = (i: 0 | 1 | 2): number => top[i] * top[3] + base[i] * (1 - top[3]);
      return [mix(0), mix(1), mix(2), 1];
    };
    function groundOf(element: Element): Rgba {
      const layers: Rgba[] = [];
      for (let at: Element | null = element; at !== null; at = at.parentElement) {
        const color = parse(getComputedStyle(at).backgroundColor);
        if (color[3] > 0) layers.push(color);
        if (color[3] === 1 || at instanceof HTMLDialogElement) break;
      }
      const start = parse(getComputedStyle(document.body).backgroundColor);
      return layers.reverse().reduce((base, layer) => over(layer, base), start);
    }
    const luminance = ([r, g, b]: Rgba): number => {
      const linear = (value: number): number => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      };
      return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    };
    const contrast = (a: Rgba, b: Rgba): number => {
      const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
      return (high + 0.05) / (low + 0.05);
    };
    const isShown = (element: Element): boolean => {
      const box = element.getBoundingClientRect();
      return box.width > 1 && box.height > 1 && element.checkVisibility();
    };
    const isOff = (element: Element): boolean =>
      element.closest("[aria-disabled=true], :disabled, .is-pending, [aria-hidden=true]") !== null;

    const faults: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const text = node.textContent?.trim() ?? "";
      const element = node.parentElement;
      if (text === "" || element === null || !isShown(element) || isOff(element)) continue;
      const style = getComputedStyle(element);
      const ground = groundOf(element);
      const ratio = contrast(over(parse(style.color), ground), ground);
      const large = parseFloat(style.fontSize) >= 24;
      if (ratio < (large ? 3 : 4.5))
        faults.push(`contrast ${ratio.toFixed(2)}: “${text.slice(0, 40)}” (${element.className})`);
    }
    for (const element of document.querySelectorAll("button, a[href], input, select, textarea")) {
      if (!isShown(element)) continue;
      const labels =
        element instanceof HTMLInputElement ||
        element instanceof HTMLSelectElement ||
        element instanceof HTMLTextAreaElement
          ? [...(element.labels ?? [])].map((label) => label.textContent)
          : [element.textContent];
      const name = [element.getAttribute("aria-label"), ...labels].join("").trim();
      const image = element.querySelector("img[alt]");
      if (name === "" && image === null) faults.push(`no name: ${element.outerHTML.slice(0, 120)}`);
    }
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    for (const id of new Set(ids))
      if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push(`id twice: ${id}`);
    for (const element of document.querySelectorAll("*")) {
      const scrolls = ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
      if (scrolls && isShown(element) && element.scrollWidth > element.clientWidth + 1)
        faults.push(`scrolls sideways: ${element.className} ${element.scrollWidth}`);
    }
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) faults.push(`wider than the window: ${scrollWidth}`);
    return faults;
  });
}
