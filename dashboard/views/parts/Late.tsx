import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

/** Shows what is inside only after a moment: an answer that comes at once shows no skeleton. */
export function Late({
  children,
  afterMs = 200,
}: {
  children: ComponentChildren;
  afterMs?: number;
}) {
  const [due, setDue] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setDue(true), afterMs);
    return () => clearTimeout(timer);
  }, [afterMs]);
  return due ? <>{children}</> : null;
}

/** Grey lines in the place of rows to come. */
export function SkeletonRows({ count, label }: { count: number; label: string }) {
  return (
    <Late>
      <div class="skeleton" role="status">
        <span class="sr-only">{label}</span>
        {Array.from({ length: count }, (_, index) => (
          <div class="skeleton-row" key={index} aria-hidden="true">
            <i />
            <i />
          </div>
        ))}
      </div>
    </Late>
  );
}
