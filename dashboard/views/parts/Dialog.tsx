import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/**
 * A modal on the browser's own `<dialog>`: focus stays inside, Escape closes, and the focus goes back
 * to where it was. Without `close` it stays until its work is done.
 */
export function Dialog({
  label,
  kind = "card",
  close,
  children,
}: {
  label: string;
  kind?: "card" | "wide" | "palette" | "viewer";
  close?: () => void;
  children: ComponentChildren;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    ref.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      class={`dialog is-${kind}`}
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault();
        close?.();
      }}
      onClick={(event) => {
        if (event.target === ref.current) close?.();
      }}
    >
      <div class="dialog-body">{children}</div>
    </dialog>
  );
}
