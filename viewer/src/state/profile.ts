/** The state of the section through the ground: its line, its heights, the place that is looked at. */
import { computed, effect, signal } from '@preact/signals';
import { getProfile, type Place, type Profile } from '../profile';
import { terrain } from './ground';

/** True while clicks set corners. */
export const isDrawing = signal(false);
export const corners = signal<Place[]>([]);
export const profile = signal<Profile | null>(null);
/** Index of the sample that is looked at. */
export const cursor = signal(0);
export const state = signal<'none' | 'loading' | 'failed' | 'outside'>('none');

/** True when a line was finished by hand a moment ago: the keys go on with its plot. */
export const isFresh = signal(false);
/** The place that is looked at. */
export const marked = computed(() => profile.value?.samples[cursor.value]?.point ?? null);

export function begin(): void {
  clear();
  isDrawing.value = true;
}

export function clear(): void {
  isDrawing.value = false;
  corners.value = [];
}

export const addCorner = (place: Place) => { if (corners.value.length < 500) corners.value = [...corners.value, place]; };
export const dropCorner = () => { corners.value = corners.value.slice(0, -1); };

/** Ends the line; one of less than two corners stays open. */
export function finish(): boolean {
  if (corners.value.length < 2) return false;
  isFresh.value = true;
  isDrawing.value = false;
  return true;
}

/** Asks for the heights of each finished line. */
export function followLine(): void {
  let running: AbortController | undefined;
  effect(() => {
    const line = corners.value, ground = terrain.value;
    running?.abort();
    if (isDrawing.value || !ground || line.length < 2) {
      profile.value = null;
      state.value = 'none';
      return;
    }
    running = new AbortController();
    const { signal: ended } = running;
    state.value = 'loading';
    getProfile(ground, line, ended).then((found) => {
      if (ended.aborted) return;
      cursor.value = 0;
      state.value = found.lowest === null ? 'outside' : 'none';
      profile.value = found.lowest === null ? null : found;
    }, () => { if (!ended.aborted) state.value = 'failed'; });
  });
}
