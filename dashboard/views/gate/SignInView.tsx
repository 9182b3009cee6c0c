import { useApp } from "../use-app.js";
import { GateCard } from "./GateCard.js";
import { SignInForm } from "./SignInForm.js";

export function SignInView() {
  return (
    <GateCard title="Sign in">
      <SignInForm email="" />
      <p class="hint">
        Lost the password? An admin makes a new link under Settings, Operators; whoever runs the
        server makes one for an admin with <code>npm run admin:link -- YOUR E-MAIL</code>
      </p>
    </GateCard>
  );
}

/** The server did not say who we are: nothing is known to be wrong with the session. */
export function UnreachableView() {
  const { session } = useApp();
  return (
    <GateCard title="No answer from the server">
      <p>Nothing is lost. The server may be starting, or this device may be off line.</p>
      <button type="button" class="button is-primary is-wide" onClick={() => void session.resume()}>
        Try again
      </button>
    </GateCard>
  );
}
