import { GateCard } from "./gate/GateCard.js";
import { ConfidentialityView } from "./gate/ConfidentialityView.js";
import { SetUpView } from "./gate/SetUpView.js";
import { SignInForm } from "./gate/SignInForm.js";
import { SignInView, UnreachableView } from "./gate/SignInView.js";
import { Dialog } from "./parts/Dialog.js";
import { Late } from "./parts/Late.js";
import { Shell } from "./Shell.js";
import { useApp } from "./use-app.js";

/** Who is here decides what is drawn. A session that ended keeps its screen beneath the sign-in. */
export function AppView() {
  const { session, page } = useApp();
  const route = page.route.value;
  if (route.view === "setup") return <SetUpView key={route.token} token={route.token} />;
  switch (session.status.value) {
    case "loading":
      return (
        <Late afterMs={400}>
          <GateCard title="Opening">
            <p class="hint">Asking the server who you are.</p>
          </GateCard>
        </Late>
      );
    case "unreachable":
      return <UnreachableView />;
    case "signed-out":
      return <SignInView />;
    case "confidentiality":
      return <ConfidentialityView />;
    case "ready":
      return <Shell />;
    case "ended":
      return (
        <>
          <Shell />
          <Dialog label="Sign in again">
            <h2>Sign in again</h2>
            <p>Your session ended. What you wrote is kept.</p>
            <SignInForm email={session.operator.value?.email ?? ""} />
          </Dialog>
        </>
      );
  }
}
