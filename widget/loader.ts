import type { LoaderSettings } from "../shared/loader-settings.js";
import type { Command, PanelHandle, PanelModule, Porchlight } from "./loader-api.js";

/**
 * The stub on the host page: draws the button and loads the panel when somebody means to use it.
 * The server puts the site's settings in place of `__PORCHLIGHT__`. Every byte here is paid by
 * every visitor of every page: what can wait stands in the panel.
 */
declare const __PORCHLIGHT__: LoaderSettings;

function start(settings: LoaderSettings, stub: Porchlight | undefined): void {
  const queue = Array.from(stub?.q ?? [], (command) => Array.from(command)) as unknown as Command[];
  let panel: PanelHandle | undefined;
  let loading = false;
  let tries = 0;

  const host = document.createElement("porchlight-chat");
  // Closed: recorders of sessions on the host page must not read what a visitor writes.
  const root = host.attachShadow({ mode: "closed" });
  const button = document.createElement("button");
  // A page that draws itself anew (Turbo, htmx, a router) takes the button out with all the rest.
  // Not at once: two scripts that disagree about the button must not hold the page up.
  const watcher = new MutationObserver(() => setTimeout(place, 99));
  const place = (): void => {
    const body = document.body as (HTMLElement & { parentNode: Node }) | null;
    if (!body || host.isConnected || window.porchlight !== api) return;
    body.append(host);
    watcher.observe(body, { childList: true });
    watcher.observe(body.parentNode, { childList: true });
  };
  const remove = (): void => {
    host.remove();
    delete window.porchlight;
  };

  const load = (): void => {
    if (loading) return;
    loading = true;
    // A failed import stays failed under its own address, so a second try needs another one.
    const address = settings.panel + (tries ? `?${tries}` : "");
    import(address).then(
      (module: PanelModule) => {
        panel = module.startPanel({ settings, root, button, remove });
        queue.splice(0).forEach(panel.run);
      },
      (error: unknown) => {
        loading = false;
        tries += 1;
        // eslint-disable-next-line no-console -- the page's owner has to learn why nothing opens
        console.error("Porchlight did not load.", error);
      },
    );
  };

  const api: Porchlight = (...command) => {
    place();
    if (panel) panel.run(command);
    else if (command[0] === "destroy") remove();
    else {
      queue.push(command);
      load();
    }
  };
  api.on = place;
  api.kept = stub?.kept;
  window.porchlight = api;

  const sheet = new CSSStyleSheet();
  // The border is seen in forced colours only, which paint it.
  sheet.replaceSync(
    `:host{all:initial!important;position:fixed!important;z-index:2147483000!important}` +
      `#launcher{all:unset;position:fixed;bottom:calc(20px + env(safe-area-inset-bottom));${settings.corner}:calc(20px + env(safe-area-inset-${settings.corner}));` +
      `width:54px;height:54px;border:1px solid #0000;border-radius:50%;display:grid;place-items:center;cursor:pointer;background:${settings.color};color:${settings.onColor};` +
      `box-shadow:0 4px 16px #14181f3d}` +
      `#launcher:focus-visible{outline:2px solid ${settings.color};outline-offset:3px}` +
      `#launcher svg{width:26px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}` +
      `@media print{:host{display:none!important}}`,
  );
  root.adoptedStyleSheets = [sheet];

  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  path.setAttribute("d", "M21 12a8 8 0 0 1-8 8H4l2-3a8 8 0 1 1 15-5z");
  svg.append(path);
  button.append(svg);
  button.id = "launcher";
  button.setAttribute("aria-label", settings.label);
  button.onpointerenter = button.onfocus = load;
  button.onclick = () => api("toggle");
  root.append(button);

  const draw = (): void => {
    place();
    let known = false;
    try {
      // `test` also takes what an `<img name="cookie">` of the page puts in the cookies' place.
      known = /porchlight_/.test(document.cookie);
    } catch {
      // A sandboxed frame has no cookies.
    }
    // Somebody who chats here waits for answers; somebody who agreed is counted; a notice is asked.
    if (
      known ||
      settings.notice === "page" ||
      (settings.notice === "none" && "__tcfapi" in window) ||
      queue.length
    )
      load();
  };
  if (document.body as HTMLElement | null) draw();
  else addEventListener("DOMContentLoaded", draw);
}

const found = window.porchlight;
if (found?.on) found.on();
else start(__PORCHLIGHT__, found);
