/** Where a popup opens: under what it belongs to, or above it, always within the window. */
const EDGE_PX = 8;

export function placeAt(popup: HTMLElement, anchor: DOMRect): void {
  const { width, height } = popup.getBoundingClientRect();
  const left_px = Math.max(EDGE_PX, Math.min(anchor.left, innerWidth - width - EDGE_PX));
  const fitsBelow = anchor.bottom + height + EDGE_PX <= innerHeight;
  popup.style.left = `${left_px}px`;
  popup.style.top = `${fitsBelow ? anchor.bottom : anchor.top - height}px`;
}
