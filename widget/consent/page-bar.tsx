import { render } from "preact";
import type { PanelNotice } from "../../shared/wire.js";
import { PanelContext, usePanel, type Panel } from "../chat/panel-context.js";
import { ConsentQuestion } from "./ConsentCard.js";
import { isAsked } from "./is-asked.js";

/** The question as a small bar on the page, for sites without a banner of their own. */
function PageBar({ notice }: { notice: PanelNotice }) {
  const { consent, speech } = usePanel();
  if (!isAsked(consent, notice)) return null;
  const { direction, language, texts } = speech.value;
  return (
    <section
      class="page-bar"
      role="region"
      aria-label={texts.privacy}
      dir={direction}
      lang={language}
    >
      <ConsentQuestion notice={notice} method="notice" />
    </section>
  );
}

/** Returns what takes it away. */
export function showPageBar(root: ShadowRoot, panel: Panel, notice: PanelNotice): () => void {
  const frame = document.createElement("div");
  root.append(frame);
  render(
    <PanelContext.Provider value={panel}>
      <PageBar notice={notice} />
    </PanelContext.Provider>,
    frame,
  );
  return () => {
    render(null, frame);
    frame.remove();
  };
}
