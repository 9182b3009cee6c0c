import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { usePanel } from "./panel-context.js";

/** A part of the panel whose code is fetched when it is first shown. */
export interface FetchedPart<Props> {
  (props: Props): JSX.Element | null;
  /** Begins to fetch: it will be needed in a moment. */
  fetch: () => void;
}

export function fetchPart<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  /** Stands there meanwhile, so that nothing jumps. */
  meanwhile: (props: Props) => JSX.Element = () => <div class="page" />,
): FetchedPart<Props> {
  let part: ComponentType<Props> | null = null;
  let loading: Promise<ComponentType<Props>> | null = null;
  const begin = (): Promise<ComponentType<Props>> => {
    loading ??= load().then(
      (loaded) => (part = loaded),
      (error: unknown) => {
        loading = null;
        throw error;
      },
    );
    return loading;
  };
  function Part(props: Props): JSX.Element | null {
    const { speech } = usePanel();
    const [state, setState] = useState<"loading" | "there" | "failed">(part ? "there" : "loading");
    useEffect(() => {
      begin().then(
        () => setState("there"),
        () => setState("failed"),
      );
    }, []);
    if (part) {
      const Loaded = part;
      return <Loaded {...props} />;
    }
    if (state === "failed")
      return (
        <p class="page alert" role="alert">
          {speech.value.texts.noConnection}
        </p>
      );
    return meanwhile(props);
  }
  return Object.assign(Part, { fetch: () => void begin().catch(() => {}) });
}
