/** Keys that move the view. */
export type Move = 'left' | 'right' | 'up' | 'down' | 'turnLeft' | 'turnRight' | 'tiltUp' | 'tiltDown' | 'in' | 'out' | 'north' | 'home';

const KEYS: Record<string, [plain: Move, shifted: Move]> = {
  ArrowLeft: ['left', 'turnLeft'], ArrowRight: ['right', 'turnRight'], ArrowUp: ['up', 'tiltUp'], ArrowDown: ['down', 'tiltDown'],
  '+': ['in', 'in'], '=': ['in', 'in'], '-': ['out', 'out'], _: ['out', 'out'], Home: ['home', 'home'],
};
export const moveOfKey = (event: KeyboardEvent): Move | undefined => KEYS[event.key]?.[event.shiftKey ? 1 : 0];
