import { useSignal } from "@preact/signals";
import type { VisitorDetails } from "../../../shared/wire.js";
import { useApp } from "../use-app.js";
import { ChildDialog } from "./ChildDialog.js";
import { ErasePersonDialog } from "./ErasePersonDialog.js";
import { ExportPersonDialog } from "./ExportPersonDialog.js";

/** What can be done for the person who wrote: a copy, an erasure, and the path for children. */
export function PersonRights({
  conversationId,
  details,
}: {
  conversationId: string;
  details: VisitorDetails;
}) {
  const { session, sites, desk } = useApp();
  const shown = useSignal<"none" | "export" | "erase" | "child">("none");
  const role = session.operator.value?.role ?? "viewer";
  const siteId = desk.value?.inbox.find(conversationId)?.siteId ?? sites.current.value?.id;
  if (role === "viewer" || siteId === undefined) return null;
  const close = (): void => {
    shown.value = "none";
  };
  const person = { siteId, conversationId, email: details.visitor.email, close };
  const button = (dialog: "export" | "erase" | "child", label: string, look = "button") => (
    <button type="button" class={look} onClick={() => (shown.value = dialog)}>
      {label}
    </button>
  );
  return (
    <section class="details-part">
      <h3>Their data</h3>
      <div class="actions is-start">
        {role === "admin" && button("export", "Export")}
        {button("erase", "Erase", "button is-danger")}
        {button("child", "Under 13")}
      </div>
      {shown.value === "export" && <ExportPersonDialog {...person} />}
      {shown.value === "erase" && <ErasePersonDialog {...person} />}
      {shown.value === "child" && <ChildDialog {...person} />}
    </section>
  );
}

/** What each dialog needs to know. */
export interface PersonDialogProps {
  siteId: string;
  conversationId: string;
  /** As the visitor gave it; empty where they gave none. */
  email: string;
  close: () => void;
}
