/** Whether a key press belongs to a control that takes text, or to an open menu or dialog. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.closest("input, textarea, select, [role=menu], [role=dialog], [role=alertdialog]") !==
        null)
  );
}

/** A single character key that no control uses: no modifier, no repetition, not while typing. */
export function isPlainKey(event: KeyboardEvent, key: string): boolean {
  return (
    event.key === key &&
    !event.ctrlKey &&
    !event.metaKey &&
    !event.altKey &&
    !event.defaultPrevented &&
    !isTyping(event)
  );
}
