/** The ground as a terrain: the server's height grid, continued smoothly beyond its border. */
import { GeographicTilingScheme, HeightmapTerrainData, CustomHeightmapTerrainProvider, Math as CesiumMath, type TerrainProvider } from '@cesium/engine';
import type { Ground } from '../api';

/** Metres below the ground surfaces of buildings, roads and land, against flicker of equal depths. */
const BELOW = 0.5;
const SAMPLES = 33;

/** Height at a place in degrees, metres above the ellipsoid; outside, the nearest border height fading to the mean. */
export class GroundModel {
  /** Of the middle, for a ground without a grid. */
  mean: number;
  /** What is known better than by the grid. */
  exact: (lon: number, lat: number) => number | undefined = () => undefined;
  constructor(private readonly grid: Ground) {
    this.mean = grid.heights.reduce((sum, h) => sum + h, 0) / Math.max(1, grid.heights.length);
  }

  height(lon: number, lat: number): number { return this.exact(lon, lat) ?? this.estimate(lon, lat); }

  private estimate(lon: number, lat: number): number {
    const { bounds: [w, s, e, n], columns, rows, heights } = this.grid;
    if (columns < 2 || rows < 2 || !(e > w) || !(n > s)) return this.mean;
    const x = Math.min(Math.max((lon - w) / (e - w), 0), 1) * (columns - 1);
    const y = Math.min(Math.max((n - lat) / (n - s), 0), 1) * (rows - 1);
    const i = Math.min(Math.floor(x), columns - 2), j = Math.min(Math.floor(y), rows - 2);
    const at = (c: number, r: number) => heights[r * columns + c] ?? this.mean;
    const fx = x - i, fy = y - j;
    const inside = (at(i, j) * (1 - fx) + at(i + 1, j) * fx) * (1 - fy) + (at(i, j + 1) * (1 - fx) + at(i + 1, j + 1) * fx) * fy;
    const away = Math.hypot(Math.max(w - lon, lon - e, 0) / (e - w), Math.max(s - lat, lat - n, 0) / (n - s));
    const k = Math.min(away / 2, 1);
    const fade = k * k * (3 - 2 * k);
    return inside * (1 - fade) + this.mean * fade;
  }

  /** The ground to draw: on steep banks the lowest height within half a cell, so that water and meadows show. */
  private drawn(lon: number, lat: number): number {
    const { bounds: [w, s, e, n], columns, rows } = this.grid;
    const x = (e - w) / Math.max(1, columns - 1) / 2, y = (n - s) / Math.max(1, rows - 1) / 2;
    const around = [[0, 0], [x, 0], [-x, 0], [0, y], [0, -y]].map(([dx = 0, dy = 0]) => this.estimate(lon + dx, lat + dy));
    return Math.min(...around) - BELOW;
  }

  /** The deepest terrain level that still adds detail to this grid. */
  deepest(): number {
    const [w, , e] = this.grid.bounds;
    const cell = Math.max((e - w) / Math.max(1, this.grid.columns - 1), 1e-4);
    return Math.min(16, Math.max(8, Math.ceil(Math.log2(180 / ((SAMPLES - 1) * cell))) + 1));
  }

  provider(): TerrainProvider {
    const scheme = new GeographicTilingScheme();
    const sample = (x: number, y: number, level: number) => {
      const area = scheme.tileXYToRectangle(x, y, level);
      const values = new Float32Array(SAMPLES * SAMPLES);
      for (let r = 0; r < SAMPLES; r++) {
        const lat = CesiumMath.toDegrees(CesiumMath.lerp(area.north, area.south, r / (SAMPLES - 1)));
        for (let c = 0; c < SAMPLES; c++) {
          const lon = CesiumMath.toDegrees(CesiumMath.lerp(area.west, area.east, c / (SAMPLES - 1)));
          values[r * SAMPLES + c] = this.drawn(lon, lat);
        }
      }
      return values;
    };
    const deepest = this.deepest();
    const provider = new CustomHeightmapTerrainProvider({ width: SAMPLES, height: SAMPLES, tilingScheme: scheme, callback: sample });
    provider.requestTileGeometry = (x, y, level) => Promise.resolve(new HeightmapTerrainData({
      buffer: sample(x, y, level), width: SAMPLES, height: SAMPLES, childTileMask: level < deepest ? 15 : 0,
    }));
    return provider;
  }
}
