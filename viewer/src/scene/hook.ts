/** `window.__twin`: what browser tests may read of the scene. */
import { terrain } from '../state/ground';
import * as store from '../state/store';
import { project, type City } from './city';
import { isIdle } from './frames';
import { pickBuilding } from './pick';
import { sampleHeight } from './terrain';

export function installHook(city: City): void {
  const { scene } = city.widget;
  const hook = {
    /** True once nothing is pending in three frames in a row. */
    ready: async (): Promise<boolean> => {
      let calm = 0;
      while (calm < 3) {
        scene.requestRender();
        await new Promise((resolve) => requestAnimationFrame(resolve));
        await new Promise((resolve) => setTimeout(resolve, 30));
        calm = isIdle(city) && store.pending.peek() === 0 ? calm + 1 : 0;
      }
      return true;
    },
    project: (lon: number, lat: number, height: number) => {
      const point = project(city, lon, lat, height);
      const box = city.widget.canvas.getBoundingClientRect();
      return point && { x: point.x + box.left, y: point.y + box.top };
    },
    pick: (x: number, y: number) => {
      const box = city.widget.canvas.getBoundingClientRect();
      return pickBuilding(city.widget, city.layers, x - box.left, y - box.top);
    },
    ground: (lon: number, lat: number) => city.ground.height(lon, lat),
    /** Height of the finest terrain tiles, metres above the ellipsoid. */
    sample: (lon: number, lat: number) => sampleHeight(scene.terrainProvider, lon, lat),
    terrain: () => (city.relief ? terrain.peek()?.id : undefined),
    pictures: () => scene.imageryLayers.length,
    /** What is drawn: of which collection, city or ghost, of which scenario, on which side. */
    tilesets: () => city.layers.map(({ id, side, entry, tileset }) => ({ id, side, role: entry.role, variant: entry.variant, shown: tileset.show, loaded: tileset.tilesLoaded })),
    cam: () => city.control.read(),
    link: () => store.link.peek(),
    quality: () => store.quality.peek(),
  };
  Object.defineProperty(window, '__twin', { value: Object.freeze(hook), configurable: true });
}
