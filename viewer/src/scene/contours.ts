/** Contours as pictures upon the ground: the lines of each map tile are fetched and drawn on a canvas. */
import { Event, Rectangle, WebMercatorTilingScheme, type ImageryProvider } from '@cesium/engine';
import { getJson } from '../api';
import { coarsestContours, contourInterval, terrainUrl, type Terrain } from '../terrain';

interface Line { geometry: { coordinates: [number, number][] }; properties: { elevation: number } }
type Pixel = [x: number, y: number];

/** Side of a picture [pixel]: more than the 256 that Cesium reckons with, so that lines are crisp. */
const SIDE = 1024;
const FINEST = 17;
const COLOUR = '#7a4a1e';

export class ContourImagery {
  readonly tileWidth = 256;
  readonly tileHeight = 256;
  readonly minimumLevel = 0;
  readonly maximumLevel = FINEST;
  readonly hasAlphaChannel = true;
  readonly tilingScheme = new WebMercatorTilingScheme();
  readonly errorEvent = new Event();
  readonly rectangle: Rectangle;
  readonly tileDiscardPolicy = undefined;
  readonly credit = undefined;
  readonly proxy = undefined;
  private readonly coarsest: number;

  constructor(private readonly terrain: Terrain, private readonly format: (metres: number) => string) {
    this.rectangle = Rectangle.fromDegrees(...terrain.extent);
    this.coarsest = coarsestContours(terrain.cell, terrain.extent[1]);
  }

  getTileCredits() { return []; }
  pickFeatures() { return undefined; }

  async requestImage(x: number, y: number, level: number): Promise<HTMLCanvasElement> {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = level < this.coarsest ? 1 : SIDE;
    // From afar the lines would run together.
    if (level < this.coarsest) return canvas;
    const { west, south, east, north } = this.tilingScheme.tileXYToRectangle(x, y, level);
    const box = [west, south, east, north].map((angle) => ((angle * 180) / Math.PI).toFixed(7)).join(',');
    const interval = contourInterval(level, this.terrain.heightRange);
    const { features } = await getJson<{ features: Line[] }>(terrainUrl(this.terrain.id, `contours?bbox=${box}&interval=${interval}`));
    const context = canvas.getContext('2d');
    const count = 2 ** level;
    const labels: Pixel[] = [];
    if (context) for (const line of features) this.draw(context, line, interval, labels, ([lon, lat]) => project(lon, lat, count, x, y));
    return canvas;
  }

  private draw(context: CanvasRenderingContext2D, { geometry, properties }: Line, interval: number, labels: Pixel[], place: (at: [number, number]) => Pixel): void {
    const points = geometry.coordinates.map(place);
    const isIndex = Math.abs(Math.round(properties.elevation / (5 * interval)) * 5 * interval - properties.elevation) < 1e-6;
    context.beginPath();
    points.forEach(([px, py], i) => (i ? context.lineTo(px, py) : context.moveTo(px, py)));
    context.strokeStyle = COLOUR;
    context.lineWidth = isIndex ? 5 : 2.5;
    context.stroke();
    if (isIndex) label(context, points, labels, this.format(properties.elevation));
  }
}

/** As the engine's type, of which it has all that is called. */
export const contourProvider = (terrain: Terrain, format: (metres: number) => string) => new ContourImagery(terrain, format) as unknown as ImageryProvider;

/** Pixels of a tile of the Web Mercator grid, from its north-west corner. */
export function project(lon: number, lat: number, count: number, x: number, y: number): Pixel {
  const sine = Math.sin((lat * Math.PI) / 180);
  const row = (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * count;
  return [(((lon + 180) / 360) * count - x) * SIDE, (row - y) * SIDE];
}

/** Writes a height along its line, at the place farthest from the borders of the tile, unless another one stands near. */
function label(context: CanvasRenderingContext2D, points: Pixel[], labels: Pixel[], text: string): void {
  const room = ([px, py]: Pixel) => Math.min(px, py, SIDE - px, SIDE - py);
  let best = -1;
  points.forEach((point, i) => { if (i > 2 && i < points.length - 3 && room(point) > Math.max(70, best < 0 ? 0 : room(points[best] ?? point))) best = i; });
  const at = points[best], before = points[best - 3], after = points[best + 3];
  if (!at || !before || !after || labels.some(([px, py]) => Math.hypot(px - at[0], py - at[1]) < 200)) return;
  labels.push(at);
  let angle = Math.atan2(after[1] - before[1], after[0] - before[0]);
  if (Math.abs(angle) > Math.PI / 2) angle += Math.PI;
  context.save();
  context.translate(...at);
  context.rotate(angle);
  context.font = '600 30px "DejaVu Sans", system-ui, sans-serif';
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.strokeStyle = '#ffffffd9';
  context.lineWidth = 9;
  context.strokeText(text, 0, 0);
  context.fillStyle = COLOUR;
  context.fillText(text, 0, 0);
  context.restore();
}
