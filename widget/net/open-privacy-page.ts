import type { Ticket } from "./parse-answers.js";

/** The ticket travels in a form's body, so that it never stands in an address. */
export function openPrivacyPage({ ticket, action }: Ticket): void {
  const form = document.createElement("form");
  form.method = "post";
  form.action = action;
  form.target = "_blank";
  form.rel = "noopener";
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = "ticket";
  field.value = ticket;
  form.append(field);
  form.hidden = true;
  document.body.append(form);
  form.submit();
  form.remove();
}
