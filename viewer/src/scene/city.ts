/** The running 3D scene: builds it and lets it follow the state of the page. */
import { effect } from '@preact/signals';
import { Cartesian3, JulianDate, ScreenSpaceEventHandler, ScreenSpaceEventType, TimeInterval, Transforms, type Cartesian2, type CesiumWidget } from '@cesium/engine';
import type { Config, Ground, Layer, Variant } from '../api';
import type { CameraView } from '../permalink';
import { groundStates, underground } from '../state/ground';
import { marked } from '../state/conflicts';
import * as plans from '../state/plans';
import * as profile from '../state/profile';
import * as store from '../state/store';
import { instantOf } from '../sun';
import type { Terrain } from '../terrain';
import { CameraControl } from './camera';
import { Clash } from './clash';
import { applyQuality, createWidget } from './engine';
import { yieldDepth } from './depth';
import { watchFrames } from './frames';
import { GroundModel } from './ground';
import { installHook } from './hook';
import type { CityLayer } from './layers';
import { layerAt, pickBuilding, pickSurface } from './pick';
import { followPlans } from './plans';
import { Relief } from './relief';
import { Sketch } from './sketch';
import { Stage } from './stage';
import { drawnHeight, openTerrain, sampleHeight, seeThrough } from './terrain';

/** Below this height above the ground the contact shadows are drawn [m]: from higher up they hatch roofs and walls. */
const NEAR_M = 120;

export interface City { widget: CesiumWidget; control: CameraControl; ground: GroundModel; stage: Stage; layers: CityLayer[]; sketch: Sketch; relief: Relief | undefined; select(x: number, y: number): void; busy(): number }
interface Start { config: Config; ground: Ground; terrain: Terrain | null; layers: Layer[]; view: CameraView | undefined; onSelect: (picked: { layer: string; id: string; class?: string; variant: Variant | null } | null) => void }

export async function openCity(element: HTMLElement, start: Start): Promise<City> {
  const widget = createWidget(element);
  const ground = new GroundModel(start.ground);
  const hasTerrain = await layGround(widget, ground, start);
  const control = new CameraControl(widget, start.config.extent, ground);
  const stage = new Stage(widget, start.layers, () => { store.problem.value = 'tiles'; }, () => { store.layerStates.value = [...store.layerStates.value]; });
  const { layers } = stage;
  let opening = 2;
  const city: City = {
    widget, control, ground, stage, layers,
    sketch: new Sketch(widget, (lon, lat) => ground.height(lon, lat)),
    relief: hasTerrain && start.terrain ? new Relief(widget, start.terrain) : undefined,
    busy: () => opening + (plans.switching.peek() ? 1 : 0),
    select: (x, y) => {
      const picked = pickBuilding(widget, layers, x, y);
      start.onSelect(picked);
      const layer = picked && layerAt(widget, layers, x, y);
      if (picked && layer?.entry.role === 'city') setTimeout(() => describeSurface(widget, layer, picked.id, x, y), 60);
    },
  };
  if (start.view) control.set(start.view); else control.home();
  follow(city);
  followGround(city);
  followConflict(city);
  listen(city);
  installHook(city);
  watchFrames(city);
  void preloadSky().finally(() => { opening -= 1; widget.scene.requestRender(); });
  await followPlans(city);
  opening -= 1;
  widget.scene.requestRender();
  return city;
}

/** The terrain, where the server can make its tiles, else the coarse grid. */
async function layGround(widget: CesiumWidget, ground: GroundModel, { terrain, config, layers }: Start): Promise<boolean> {
  const provider = terrain ? await openTerrain(terrain) : undefined;
  widget.scene.terrainProvider = provider ?? ground.provider();
  if (!provider || !terrain) return false;
  yieldDepth(widget, terrain);
  // The few tiles of the whole Earth, the first to come, are wrong by kilometres.
  const [low, high] = terrain.heightRange.map((height) => height + (config.undulation ?? 0));
  ground.exact = (lon, lat) => {
    const height = drawnHeight(widget, lon, lat);
    return height !== undefined && height > (low ?? 0) - 100 && height < (high ?? 0) + 100 ? height : undefined;
  };
  // Without a city nothing else tells how high the ground is.
  const [w, s, e, n] = config.extent;
  if (!layers.length) ground.mean = await sampleHeight(provider, (w + e) / 2, (s + n) / 2).catch(() => undefined) ?? ground.mean;
  return true;
}

function describeSurface(widget: CesiumWidget, layer: CityLayer, id: string, x: number, y: number): void {
  const surface = pickSurface(widget, layer, x, y);
  const now = store.selection.value;
  if (surface && now?.id === id) store.selection.value = { ...now, surface };
}

/** Tables of the Earth's axis: without them the sun stands up to 0.3 degrees wrong. */
async function preloadSky(): Promise<void> {
  const at = (offset: number) => JulianDate.fromDate(new Date(instantOf(store.time.value).getTime() + offset * 86400000));
  await Transforms.preloadIcrfFixed(new TimeInterval({ start: at(-1), stop: at(1) }));
}

function follow({ widget, layers, stage }: City): void {
  // The divider does not part shadows.
  effect(() => applyQuality(widget, store.quality.value, store.shadows.value && !plans.isSplit.value, store.complete.value && store.near.value && !underground.value));
  effect(() => {
    widget.clock.shouldAnimate = false;
    widget.clock.currentTime = JulianDate.fromDate(instantOf(store.time.value));
    void preloadSky().finally(() => widget.scene.requestRender());
    widget.scene.requestRender();
  });
  effect(() => {
    const theme = store.theme.value, selected = store.selection.value?.id;
    const isTinted = plans.showNew.value, changes = plans.changes.value, states = store.layerStates.value, isHigh = store.quality.value === 'high';
    for (const layer of layers) {
      const state = states.find(({ id }) => id === layer.id);
      if (!state) continue;
      layer.tileset.show = state.visible;
      layer.tileset.maximumScreenSpaceError = isHigh ? 4 : 8;
      const { variant } = layer.entry;
      layer.setLook({ theme, opacity: state.opacity, selected }, stage.tintOf(layer, isTinted && variant ? changes.get(plans.keyOf(variant)) : undefined));
    }
    widget.scene.requestRender();
  });
}

function followConflict({ widget, ground }: City): void {
  const clash = new Clash(widget, (lon, lat) => ground.height(lon, lat));
  effect(() => clash.show(marked.value));
}

function followGround({ widget, ground, relief, sketch }: City): void {
  effect(() => {
    for (const { id, visible, opacity } of groundStates.value) relief?.set(id, visible, opacity);
    widget.scene.globe.maximumScreenSpaceError = detail(store.quality.value, relief);
    widget.scene.requestRender();
  });
  effect(() => seeThrough(widget, underground.value, (lon, lat) => ground.height(lon, lat)));
  effect(() => sketch.show(profile.corners.value));
  effect(() => sketch.mark(profile.marked.value));
}

/** Buildings seem to float as soon as the ground below them is wrong by some pixels; the coarse grid has no more detail to show. */
function detail(quality: 'high' | 'low', relief: Relief | undefined): number {
  const usual = quality === 'high' ? 6 : 12;
  return relief ? usual / (relief.isShown ? 4 : 3) : usual;
}

function listen(city: City): void {
  const { widget, control } = city;
  const handler = new ScreenSpaceEventHandler(widget.canvas);
  handler.setInputAction(({ position: { x, y } }: { position: Cartesian2 }) => {
    const place = profile.isDrawing.value && city.sketch.at(x, y);
    if (place) profile.addCorner(place); else if (!profile.isDrawing.value) city.select(x, y);
  }, ScreenSpaceEventType.LEFT_CLICK);
  // Its second click has set a corner on the one before.
  handler.setInputAction(() => { if (profile.isDrawing.value) { profile.dropCorner(); profile.finish(); } }, ScreenSpaceEventType.LEFT_DOUBLE_CLICK);
  const remember = () => {
    store.camera.value = control.read();
    const { latitude, longitude, height } = widget.camera.positionCartographic;
    const above = height - city.ground.height((longitude * 180) / Math.PI, (latitude * 180) / Math.PI);
    store.near.value = above < NEAR_M;
    // From afar the outlines would cover the buildings; long views need long shadows.
    for (const { tileset } of city.layers) tileset.showOutline = above < 1500;
    widget.scene.shadowMap.maximumDistance = above < 250 ? 1000 : Math.min(8000, above * 4);
  };
  widget.camera.percentageChanged = 0.02;
  widget.camera.moveEnd.addEventListener(remember);
  widget.camera.changed.addEventListener(remember);
  effect(() => { if (store.layerStates.value) remember(); });
}

/** Position of a place on the canvas in CSS pixels. */
export function project(city: City, lon: number, lat: number, height: number): { x: number; y: number } | null {
  const point = city.widget.scene.cartesianToCanvasCoordinates(Cartesian3.fromDegrees(lon, lat, height));
  return point ? { x: point.x, y: point.y } : null;
}
