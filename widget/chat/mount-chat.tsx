import { effect } from "@preact/signals";
import { render } from "preact";
import { ChatPanel } from "./ChatPanel.js";
import { PanelContext, type Panel } from "./panel-context.js";

/** Draws the panel while it is open. Returns what takes it away. */
export function mountChat(root: ShadowRoot, panel: Panel, corner: "left" | "right"): () => void {
  const frame = document.createElement("div");
  root.append(frame);
  const stop = effect(() => {
    render(
      panel.chat.state.open.value ? (
        <PanelContext.Provider value={panel}>
          <ChatPanel corner={corner} />
        </PanelContext.Provider>
      ) : null,
      frame,
    );
  });
  return () => {
    stop();
    render(null, frame);
    frame.remove();
  };
}
