/** Watches the frames: what is still loading, and whether this machine draws fast enough. */
import * as store from '../state/store';
import type { City } from './city';

const SLOW_MS = 50;
const FRAMES = 20;

export function isIdle({ widget, layers, busy }: City): boolean {
  return busy() === 0 && widget.scene.globe.tilesLoaded && layers.every(({ tileset }) => !tileset.show || tileset.tilesLoaded);
}

export function watchFrames(city: City): void {
  const { scene } = city.widget;
  const counts = new Map<object, number>();
  let globe = 1;
  const tell = () => {
    let waiting = city.busy() + globe;
    for (const { tileset } of city.layers) {
      if (!counts.has(tileset)) {
        counts.set(tileset, 1);
        tileset.loadProgress.addEventListener((requests: number, processing: number) => { counts.set(tileset, requests + processing); tell(); });
      }
      waiting += tileset.show && !tileset.tilesLoaded ? Math.max(1, counts.get(tileset) ?? 1) : 0;
    }
    if (store.pending.peek() !== waiting) store.pending.value = waiting;
    if (waiting === 0) store.complete.value = true;
  };
  scene.globe.tileLoadProgressEvent.addEventListener((length: number) => { globe = length; tell(); });
  scene.postRender.addEventListener(tell);
  scene.renderError.addEventListener((_scene: unknown, error: unknown) => { console.error(error); store.problem.value = 'webgl'; });
  // Tiles are only asked for while frames are drawn.
  setInterval(() => { if (!isIdle(city)) scene.requestRender(); }, 100);
  measureOnce(city);
}

/** Draws some frames in a row when the city is complete; steps down once if they take too long. */
function measureOnce(city: City): void {
  if (store.qualityFixed.peek()) return;
  const { scene } = city.widget;
  let last = 0;
  const times: number[] = [];
  const stop = scene.postRender.addEventListener(() => {
    if (store.qualityFixed.peek() || store.quality.peek() === 'low') return stop();
    if (!isIdle(city) || document.hidden) { last = 0; return; }
    const now = performance.now();
    if (last) times.push(now - last);
    last = now;
    if (times.length < FRAMES && !(times.length >= 5 && times.every((ms) => ms > 4 * SLOW_MS))) return scene.requestRender();
    stop();
    times.sort((a, b) => a - b);
    if ((times[times.length >> 1] ?? 0) <= SLOW_MS) return;
    store.quality.value = 'low';
    if (!store.shadowsFixed.peek()) store.shadows.value = false;
    store.notice.value = 'quality.lowered';
  });
}
