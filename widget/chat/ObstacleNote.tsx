import type { JSX } from "preact";
import type { Obstacle } from "../state/chat-state.js";
import { usePanel } from "./panel-context.js";

/** Why there is no chat, and what can be done about it. */
export function ObstacleNote({ obstacle }: { obstacle: Obstacle }): JSX.Element {
  const { speech, reload } = usePanel();
  const { texts } = speech.value;
  const words: Record<Obstacle, string> = {
    origin_refused: texts.originRefused,
    unknown_site: texts.unknownSite,
    file_page: texts.filePage,
    outdated: texts.outdated,
    site_failed: texts.siteFailed,
  };
  return (
    <div class="page">
      <p role="alert">{words[obstacle]}</p>
      {obstacle === "site_failed" && (
        <div class="row">
          <button type="button" class="button" onClick={reload}>
            {texts.tryAgain}
          </button>
        </div>
      )}
    </div>
  );
}
