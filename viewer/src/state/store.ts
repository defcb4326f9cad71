/** The state of the page: what the panels show and the scene follows. */
import { computed, signal } from '@preact/signals';
import type { Config, Item, Layer, Variant } from '../api';
import type { CameraView, LayerState, Link } from '../permalink';
import { writeLink } from '../permalink';
import { groundStates, underground } from './ground';
import * as plans from './plans';
import { corners, isDrawing } from './profile';

export interface SurfaceInfo { type: string; area?: number; slope?: number; azimuth?: number; id?: string }
export interface Selection { layer: string; id: string; class?: string; surface?: SurfaceInfo; item?: Item; failed?: boolean; variant?: Variant | null }
export interface Listed { layer: string; item: Item }

export const config = signal<Config | null>(null);
export const layers = signal<Layer[]>([]);
export const layerStates = signal<LayerState[]>([]);
export const theme = signal('natural');
export const time = signal('2026-06-21T16:00');
export const quality = signal<'high' | 'low'>('high');
/** True when a person or the link chose the quality: the machine may not lower it then. */
export const qualityFixed = signal(false);
export const shadows = signal(true);
export const shadowsFixed = signal(false);
export const language = signal('de');
/** True where the view stands alone within another page. */
export const bare = signal(false);
export const selection = signal<Selection | null>(null);
export const camera = signal<CameraView | null>(null);
export const listed = signal<{ items: Listed[]; matched: number; variant: Variant | null } | null>(null);
/** Tiles on their way; -1 before the scene exists. */
export const pending = signal(-1);
/** True while the camera is near the ground. */
export const near = signal(false);
/** True once the city was complete for the first time. */
export const complete = signal(false);
export const problem = signal<'none' | 'away' | 'webgl' | 'tiles'>('none');
export const notice = signal('');

export const setLayer = (id: string, change: Partial<LayerState>) => {
  layerStates.value = layerStates.value.map((state) => (state.id === id ? { ...state, ...change } : state));
};

export const link = computed(() => {
  const value: Link = {
    time: time.value, style: theme.value, language: language.value,
    layers: layerStates.value.filter((l) => l.visible).map(({ id, opacity }) => ({ id, opacity })),
    ground: groundStates.value.filter((l) => l.visible).map(({ id, opacity }) => ({ id, opacity })),
    underground: underground.value,
  };
  if (plans.opened.value) value.scenario = plans.opened.value;
  if (plans.opened.value && plans.moment.value) value.moment = plans.moment.value;
  if (plans.opened.value && plans.beside.value) value.beside = plans.beside.value;
  if (plans.isSplit.value && plans.divider.value !== 0.5) value.divider = plans.divider.value;
  if (camera.value) value.camera = camera.value;
  if (selection.value) value.selected = selection.value.id;
  if (bare.value) value.bare = true;
  if (qualityFixed.value) value.quality = quality.value;
  if (shadowsFixed.value) value.shadows = shadows.value;
  if (!isDrawing.value && corners.value.length > 1) value.section = corners.value;
  return writeLink(value);
});
