import type { ComponentChildren } from "preact";
import { Light } from "../parts/Light.js";

/** The frame of everything before the dashboard: set-up, sign-in, confidentiality. */
export function GateCard({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <main class="gate">
      <div class="gate-card">
        <p class="brand">
          <Light on />
          Porchlight
        </p>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}
