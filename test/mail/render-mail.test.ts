import assert from "node:assert/strict";
import { renderMail } from "../../server/mail/render-mail.js";

describe("a mail's two parts", () => {
  const sender = {
    name: "Latch & Hinge",
    color: "#ffee00",
    language: "en",
    controller: { name: "", postalAddress: "4 Mill Lane", email: "" },
  };
  const content = {
    kind: "marketing",
    subject: "Hinges",
    text: 'One <b>\n\nTwo "quoted" https://a.example/x?y=1&z=2.',
    optOutUrl: "https://chat.example/u/token",
    because: "You asked.",
  } as const;

  it("JMINI-04: no marketing mail is made without its opt-out link", () => {
    assert.throws(() => renderMail(sender, { ...content, optOutUrl: null }), {
      code: "UNPROCESSABLE",
      status: 422,
    });
    assert.doesNotThrow(() => renderMail(sender, { ...content, kind: "service", optOutUrl: null }));
  });

  it("both end with who sends it, why, and how to stop it", () => {
    const { text, html } = renderMail(sender, content);
    assert.match(
      text,
      /-- \n\nLatch & Hinge, 4 Mill Lane\nYou asked\.\n\nStop these mails: https:\/\/chat\.example\/u\/token\n*$/,
    );
    const tail = html.slice(html.indexOf("<hr"));
    assert.ok(tail.includes("Latch &amp; Hinge, 4 Mill Lane") && tail.includes("You asked."));
    assert.ok(tail.includes('<a href="https://chat.example/u/token">Stop these mails</a>'));
  });

  it("writes what the operator wrote as text: nothing of it becomes markup but web addresses", () => {
    const { html } = renderMail(sender, content);
    assert.ok(html.includes("One &lt;b&gt;"));
    assert.ok(
      html.includes(
        '&quot;quoted&quot; <a href="https://a.example/x?y=1&amp;z=2">https://a.example/x?y=1&amp;z=2</a>.',
      ),
    );
  });

  it("keeps a subject on one line", () => {
    const subject = "Hello\r\nBcc: eve@example.org";
    assert.equal(renderMail(sender, { ...content, subject }).subject, "Hello Bcc: eve@example.org");
  });
});
