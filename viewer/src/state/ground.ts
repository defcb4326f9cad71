/** The state of the ground: its terrain, the layers upon it, whether one sees through it. */
import { signal } from '@preact/signals';
import type { LayerState } from '../permalink';
import type { Terrain } from '../terrain';

export type GroundLayer = 'hillshade' | 'contours';

/** Null where the server has no terrain: a coarse grid stands in for it. */
export const terrain = signal<Terrain | null>(null);
export const groundStates = signal<(LayerState & { id: GroundLayer })[]>([
  { id: 'hillshade', visible: false, opacity: 0.6 },
  { id: 'contours', visible: false, opacity: 1 },
]);
/** True while the ground is see-through and the camera may go below it. */
export const underground = signal(false);

export const setGroundLayer = (id: string, change: Partial<LayerState>) => {
  groundStates.value = groundStates.value.map((state) => (state.id === id ? { ...state, ...change, id: state.id } : state));
};

/** As a link says it. */
export function restoreGround(layers: { id: string; opacity: number }[] | undefined, below: boolean | undefined): void {
  for (const { id, opacity } of layers ?? []) setGroundLayer(id, { visible: true, opacity });
  underground.value = below ?? false;
}
