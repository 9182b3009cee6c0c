import { effect } from "@preact/signals";
import { decorateButton } from "./chat/decorate-button.js";
import { makeSheet, readDefaultSize } from "./chat/make-sheet.js";
import type { LoaderHost, PanelHandle } from "./loader-api.js";
import { assemble } from "./assemble.js";
import { runCommand } from "./run-command.js";
import { trackPages } from "./track/page-tracker.js";

/**
 * The entry that the loader imports: who this browser is, what it allowed, and page views. The
 * conversation's own code is fetched when it is opened, or when one is under way already.
 */
export function startPanel(host: LoaderHost): PanelHandle {
  const { root, button, settings } = host;
  const parts = assemble(host, () => destroy());
  const { panel, consent, identity, site } = parts;
  const { chat } = panel;
  const undo: (() => void)[] = [parts.stop];
  let mounted: Promise<void> | null = null;
  let gone = false;

  const sheets = root.adoptedStyleSheets;
  const defaultSize = readDefaultSize(root);
  undo.push(
    effect(() => {
      const color = chat.state.site.value?.color ?? settings.color;
      root.adoptedStyleSheets = [...sheets, makeSheet(color, defaultSize)];
    }),
    decorateButton(button, settings.label, chat, panel.speech),
    trackPages(settings, consent),
  );

  const mount = (): Promise<void> => {
    mounted ??= import("./chat/mount-chat.js").then(
      ({ mountChat }) => {
        if (!gone) undo.push(mountChat(root, panel, settings.corner));
      },
      (error: unknown) => {
        mounted = null;
        throw error;
      },
    );
    return mounted;
  };
  const open = async (): Promise<void> => {
    panel.usage.press("open");
    site().catch(() => {
      // Said in the panel by `site` itself.
    });
    await mount();
    chat.state.open.value = true;
    // Where the page is refused, `site` opens the link when it no longer is.
    const met = chat.state.obstacle.value;
    if (met === null || met === "site_failed") chat.connection.want();
  };
  const close = (): void => {
    panel.usage.press("close");
    const inside = root.activeElement !== null;
    chat.state.open.value = false;
    if (inside) button.focus();
  };
  panel.close = close;

  const destroy = (): void => {
    gone = true;
    for (const step of undo.reverse()) step();
    host.remove();
  };

  if (identity.begun()) {
    // A conversation is under way: its answers are announced at the button.
    chat.connection.want();
  }
  if (settings.notice === "page" && consent.state.value === null)
    askOnPage().catch(() => {
      // Nobody is asked, so nothing is counted; the next page asks.
    });
  async function askOnPage(): Promise<void> {
    const [{ showPageBar }, { notice }] = await Promise.all([
      import("./consent/page-bar.js"),
      site(),
    ]);
    if (!gone && notice.place === "page") undo.push(showPageBar(root, panel, notice));
  }
  if (settings.notice === "none" && "__tcfapi" in window) void followTcf();
  async function followTcf(): Promise<void> {
    const { watchTcf } = await import("./consent/watch-tcf.js");
    if (gone) return;
    const stop = watchTcf((choices) => void consent.answer(choices, "tcf"));
    if (stop) undo.push(stop);
  }

  undo.push(keepKeysInside(root));
  parts.takeOver();
  // The pointer is over the button, so the rest will be needed in a moment.
  const prefetch = (): void => void mount().catch(() => {});
  if (button.matches(":hover, :focus")) prefetch();
  button.onpointerenter = button.onfocus = prefetch;

  return {
    run: (command) =>
      runCommand(command, {
        open: () => void open().catch(parts.failed),
        close,
        isOpen: () => chat.state.open.value,
        destroy,
        consent: (choices) => void consent.answer(choices, "site_banner"),
        identify: (profile) => chat.saveProfile(profile),
      }),
  };
}

/** A page's own shortcuts must not fire while somebody writes here. */
function keepKeysInside(root: ShadowRoot): () => void {
  const names = ["keydown", "keypress", "keyup"];
  const stop = (event: Event): void => event.stopPropagation();
  for (const name of names) root.addEventListener(name, stop);
  return () => {
    for (const name of names) root.removeEventListener(name, stop);
  };
}
