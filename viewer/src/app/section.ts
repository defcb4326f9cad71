/** What the keys and buttons of the section tool do to the scene. */
import { addCorner, begin, clear, dropCorner, finish, isDrawing } from '../state/profile';
import { city } from './controller';

/** Starts a line; the keys that set its corners work in the view. */
export function drawSection(): void {
  begin();
  city.value?.widget.canvas.focus();
}

/** Sets a corner in the middle of the picture: the way without a mouse. */
export function addMiddle(): void {
  const { widget, sketch } = city.value ?? {};
  const place = widget && sketch?.at(widget.canvas.clientWidth / 2, widget.canvas.clientHeight / 2);
  if (place) addCorner(place);
}

const KEYS: Record<string, () => void> = { ' ': addMiddle, Enter: finish, Escape: clear, Backspace: dropCorner, Delete: dropCorner };

/** True when the key belonged to the tool. */
export function sectionKey(key: string): boolean {
  const act = isDrawing.value ? KEYS[key] : undefined;
  act?.();
  return act !== undefined;
}
