/** A key beside the button that it presses. Hidden from screen readers, which have `aria-keyshortcuts`. */
export function Key({ name }: { name: string }) {
  return (
    <kbd class="key" aria-hidden="true">
      {name}
    </kbd>
  );
}
