import { tellDateAndTime } from "../../state/tell-numbers.js";
import { useApp } from "../use-app.js";

/** Mail that waits because no SMTP server was set. It says so on every piece. */
export function OutboxList() {
  const { mailing } = useApp();
  const mails = mailing.outbox.value;
  if (mails === null || mails.length === 0) return null;
  return (
    <section class="form">
      <h2>Outbox</h2>
      <p class="note">
        No mail server was set when these were written, so none of them has left. Once{" "}
        <code>SMTP_URL</code> is set and the server started again, all but mailings go by
        themselves; send a mailing anew.
      </p>
      <ul class="cards">
        {mails.map((mail) => (
          <li key={mail.id}>
            <details class="card">
              <summary>
                <b dir="auto">{mail.subject}</b>
                <span class="break">to {mail.to}</span>
                <span class="chip is-warning">Not sent</span>
                <span class="quiet">{tellDateAndTime(mail.at)}</span>
              </summary>
              <pre class="mail-text" dir="auto">
                {mail.text}
              </pre>
            </details>
          </li>
        ))}
      </ul>
    </section>
  );
}
