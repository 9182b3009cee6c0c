import { makeAccent } from "../../shared/accent.js";
import type { MailKind } from "../../shared/mail-rules.js";
import { refuse } from "../errors.js";
import { escapeHtml } from "../http/public-page.js";
import type { Site } from "../sites/site.js";
import { chooseWords } from "../words/choose-words.js";

export interface MailContent {
  kind: MailKind;
  subject: string;
  /** Plain text; empty lines part paragraphs, addresses become links. */
  text: string;
  /** One button under the text. */
  button?: { label: string; url: string };
  /** Marketing only, and there it must be: the opt-out link at the bottom (JMINI-04). */
  optOutUrl: string | null;
  /** Why the reader gets this, for the line above the opt-out link. */
  because: string | null;
}

export interface RenderedMail {
  subject: string;
  text: string;
  html: string;
}

type Sender = Pick<Site, "name" | "color" | "language" | "controller">;

/**
 * A mail as text and as HTML, who sends it and how to stop it at the bottom of both.
 * @param sender its `language` is the reader's
 * @throws UNPROCESSABLE
 */
export function renderMail(sender: Sender, content: MailContent): RenderedMail {
  const { kind, optOutUrl } = content;
  if (kind === "marketing" && optOutUrl === null)
    throw refuse("UNPROCESSABLE", { message: "A mailing needs its opt-out link." });
  const subject = content.subject.replaceAll(/\s+/g, " ").trim();
  return { subject, text: renderText(sender, content), html: renderHtml(sender, subject, content) };
}

/** Who answers for the mail: name and postal address, as far as the site has given them. */
function imprint(sender: Sender): string {
  const { name, postalAddress } = sender.controller;
  return [name === "" ? sender.name : name, postalAddress].filter((part) => part !== "").join(", ");
}

function renderText(sender: Sender, content: MailContent): string {
  const { button, because, optOutUrl } = content;
  return [
    content.text.trim(),
    ...(button === undefined ? [] : [`${button.label}:\n${button.url}`]),
    "-- ",
    [imprint(sender), because ?? ""].filter((line) => line !== "").join("\n"),
    ...(optOutUrl === null ? [] : [`${chooseWords(sender.language).mails.stop}: ${optOutUrl}`]),
    "",
  ].join("\n\n");
}

function renderHtml(sender: Sender, subject: string, content: MailContent): string {
  const { button, because, optOutUrl } = content;
  const { accent, onAccent } = makeAccent(sender.color, "light");
  const paragraphs = content.text
    .trim()
    .split(/\n{2,}/)
    .map(
      (part) =>
        `<p dir="auto" style="margin:0 0 16px">${linkAddresses(part).replaceAll("\n", "<br>")}</p>`,
    );
  const words = chooseWords(sender.language);
  const small = "margin:0 0 4px;font-size:13px";
  return `<!doctype html>
<html lang="${escapeHtml(sender.language)}" dir="${words.direction}">
<head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${escapeHtml(subject)}</title></head>
<body style="margin:0;padding:24px;font:15px/1.45 system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif">
<div style="max-width:560px;margin:0 auto">
${paragraphs.join("\n")}
${button === undefined ? "" : `<p style="margin:0 0 24px"><a href="${escapeHtml(button.url)}" style="display:inline-block;padding:10px 16px;border-radius:6px;background:${accent};color:${onAccent};text-decoration:none">${escapeHtml(button.label)}</a></p>`}
<hr style="border:0;border-top:1px solid;opacity:.2;margin:24px 0 12px">
<p style="${small}">${escapeHtml(imprint(sender))}</p>
${because === null ? "" : `<p style="${small}">${escapeHtml(because)}</p>`}
${optOutUrl === null ? "" : `<p style="${small}"><a href="${escapeHtml(optOutUrl)}">${escapeHtml(words.mails.stop)}</a></p>`}
</div>
</body>
</html>
`;
}

/** Escapes, and makes web addresses into links. Links lead where they say: nothing is counted (JIVO-04). */
function linkAddresses(text: string): string {
  return text
    .split(/(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]])/g)
    .map((part, at) =>
      at % 2 === 0 ? escapeHtml(part) : `<a href="${escapeHtml(part)}">${escapeHtml(part)}</a>`,
    )
    .join("");
}
