import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { limits } from "../../shared/limits.js";
import { tellRefusal } from "../text/tell-refusal.js";
import { isMailAddress } from "./is-mail-address.js";
import { usePanel } from "./panel-context.js";

/** "News by e-mail": an unticked box, an address, and a link in the mail that decides. */
export function NewsPage(): JSX.Element {
  const { chat, requests, speech, usage } = usePanel();
  const { texts, language } = speech.value;
  const [email, setEmail] = useState(chat.state.profile.value.email);
  const [ticked, setTicked] = useState(false);
  const [problem, setProblem] = useState("");
  const [state, setState] = useState<"open" | "busy" | "done">("open");

  const subscribe = async (): Promise<void> => {
    const wrong = !ticked ? texts.newsUntick : isMailAddress(email.trim()) ? "" : texts.emailWrong;
    setProblem(wrong);
    if (wrong !== "") return;
    setState("busy");
    usage.press("news");
    try {
      await requests.subscribe({
        email: email.trim(),
        language,
        url: location.origin + location.pathname,
        text: texts.newsBox,
      });
      setState("done");
    } catch (error) {
      setState("open");
      setProblem(tellRefusal(texts, error));
    }
  };
  if (state === "done")
    return (
      <div class="page">
        <h3>{texts.news}</h3>
        <p role="status">{texts.newsSent}</p>
      </div>
    );
  return (
    <form
      class="page"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void subscribe();
      }}
    >
      <h3>{texts.news}</h3>
      <p class="quiet">{texts.newsHint}</p>
      <label class="field">
        {texts.email}
        <input
          type="email"
          value={email}
          maxLength={limits.email}
          dir="ltr"
          autocomplete="email"
          onInput={(event) => setEmail(event.currentTarget.value)}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={ticked}
          onChange={(event) => setTicked(event.currentTarget.checked)}
        />
        <span>{texts.newsBox}</span>
      </label>
      {problem !== "" && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      <div class="row">
        <button type="submit" class="button main" disabled={state === "busy"}>
          {texts.newsButton}
        </button>
      </div>
    </form>
  );
}
