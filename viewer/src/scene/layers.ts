/** The city's layers as tilesets, coloured by theme, opacity and selection. */
import {
  Cartesian2, Cesium3DTileColorBlendMode, Cesium3DTileStyle, Cesium3DTileset, Color, Pass, ShadowMode, type Cesium3DTile, type Cesium3DTileFeature, type CesiumWidget,
  type SplitDirection,
} from '@cesium/engine';
import type { Layer, Variant } from '../api';
import { GONE, SELECTED, linear, themeOf } from '../colour';
import type { Marks } from '../plans';
import { ambient } from './engine';
import { tilesOf } from './tiles';

/** Themes speak of buildings; trees, roads and land keep the materials of the model. */
const isBuilt = (kind: unknown) => typeof kind !== 'string' || /^(Building|Bridge|Tunnel|Other|Generic|CityFurniture)/.test(kind);

/** What lies on the ground and is part of it for lines drawn there. */
const isFlat = (kind: unknown) => typeof kind === 'string' && /^(Road|Railway|Track|Square|Waterway|Transportation|TrafficArea|AuxiliaryTrafficArea|LandUse|Water|PlantCover)/.test(kind);

declare module '@cesium/engine' {
  /** Exported, and missing from the engine's types. */
  export const Pass: { readonly OPAQUE: number };
}

/** Parts of the engine without a public name; the engine's version is pinned for them. */
interface Hidden { _model?: { _opaquePass: number; resetDrawCommands(): void } }

/** Lines upon the ground colour all that is drawn before them: what stands on the ground comes after, and hides them. */
function standApart({ content }: Cesium3DTile): void {
  const model = (content as unknown as Hidden)._model;
  if (!model || !content.featuresLength || isFlat(content.getFeature(0).getProperty('class'))) return;
  model._opaquePass = Pass.OPAQUE;
  model.resetDrawCommands();
}

export interface Look { theme: string; opacity: number; selected: string | undefined }
/** How what is planned is told from the rest; `gone` ids are those of a ghost. */
export interface Tint { marks: Marks; fresh: string; changed: string }
/** Where a tileset stands in the picture: all over it, or on a side of the divider. */
export type Side = 'both' | 'left' | 'right';
/** The city or a scenario's part of it, or only what a scenario takes away, as glass. */
export type Role = 'city' | 'ghost';
/** One tileset that is wanted: `key` is the same for the same tiles. */
export interface Entry { key: string; layer: Layer; role: Role; variant: Variant | null; gone?: Set<string> | undefined }

const GLASS = 0.4;
const same = (a: Look, b: Look) => a.theme === b.theme && a.opacity === b.opacity && a.selected === b.selected;

export class CityLayer {
  readonly id: string;
  side: Side = 'both';
  private look: Look = { theme: 'natural', opacity: 1, selected: undefined };
  private tint: Tint | null = null;
  private constructor(readonly entry: Entry, readonly tileset: Cesium3DTileset) { this.id = entry.layer.id; }

  /** Its tiles come before it is shown. */
  static async load(widget: CesiumWidget, entry: Entry): Promise<CityLayer> {
    const tileset = await tilesOf(entry.layer, entry.variant, { featureIdLabel: 'building', maximumScreenSpaceError: 8, preloadWhenHidden: true, show: false });
    tileset.environmentMapManager.enabled = false;
    tileset.imageBasedLighting.sphericalHarmonicCoefficients = ambient();
    tileset.imageBasedLighting.imageBasedLightingFactor = new Cartesian2(1, 0);
    tileset.colorBlendMode = Cesium3DTileColorBlendMode.REPLACE;
    tileset.outlineColor = Color.fromCssColorString(entry.role === 'ghost' ? GONE : '#2a2d33');
    if (entry.role === 'ghost') tileset.shadows = ShadowMode.DISABLED; else tileset.tileLoad.addEventListener(standApart);
    widget.scene.primitives.add(tileset);
    const city = new CityLayer(entry, tileset);
    city.paint();
    return city;
  }

  setLook(look: Look, tint: Tint | null): void {
    if (same(look, this.look) && tint === this.tint) return;
    this.look = look;
    this.tint = tint;
    this.paint();
  }

  /** On which side of the divider it is drawn. */
  stand(side: Side, direction: SplitDirection): void {
    this.side = side;
    this.tileset.splitDirection = direction;
  }

  private paint(): void {
    const style = new Cesium3DTileStyle();
    // A function is faster than the style language and may meet columns that a tile lacks.
    Object.assign(style, this.entry.role === 'ghost' ? this.glass(this.entry.gone ?? new Set()) : { color: { evaluateColor: this.colour() } });
    this.tileset.style = style;
  }

  private glass(gone: Set<string>): object {
    const [r, g, b] = linear(GONE);
    const pale = new Color(r, g, b, GLASS);
    return {
      show: { evaluate: (feature: Cesium3DTileFeature) => gone.has(String(feature.getProperty('id'))) },
      color: { evaluateColor: (_: Cesium3DTileFeature, result: Color) => Color.clone(pale, result) },
    };
  }

  private colour(): (feature: Cesium3DTileFeature, result: Color) => Color {
    const { theme, opacity, selected } = this.look;
    const { classes, classify } = themeOf(theme);
    const colours = new Map(classes.map(({ key, colour }) => [key, linear(colour)]));
    const chosen = linear(SELECTED);
    const fresh = this.tint && linear(this.tint.fresh), changed = this.tint && linear(this.tint.changed);
    const marks = this.tint?.marks;
    return (feature, result) => {
      const id: unknown = feature.getProperty('id');
      const planned = marks && typeof id === 'string' ? (marks.fresh.has(id) ? fresh : marks.changed.has(id) ? changed : null) : null;
      const rgb = selected !== undefined && id === selected
        ? chosen : planned ?? (classify && isBuilt(feature.getProperty('class')) && colours.get(classify((name) => feature.getProperty(name))));
      // Pure white leaves the materials of the model as they are.
      return Color.clone(rgb ? new Color(rgb[0], rgb[1], rgb[2], opacity) : new Color(1, 1, 1, opacity), result);
    };
  }
}
