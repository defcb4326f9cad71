/** The city's layers as tilesets, coloured by theme, opacity and selection. */
import {
  Cartesian2, Cesium3DTileColorBlendMode, Cesium3DTileStyle, Cesium3DTileset, Color, Pass, type Cesium3DTile, type Cesium3DTileFeature, type CesiumWidget,
} from '@cesium/engine';
import type { Layer } from '../api';
import { SELECTED, linear, themeOf } from '../colour';
import { ambient } from './engine';

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

export class CityLayer {
  private look: Look = { theme: 'natural', opacity: 1, selected: undefined };
  private constructor(readonly id: string, readonly tileset: Cesium3DTileset) {}

  static async load(widget: CesiumWidget, layer: Layer, view: string): Promise<CityLayer> {
    // Two views of one address would share geometry and break the outlines of one of them.
    const address = `${layer.tileset}${layer.tileset.includes('?') ? '&' : '?'}view=${view}`;
    const tileset = await Cesium3DTileset.fromUrl(address, { featureIdLabel: 'building', maximumScreenSpaceError: 8 });
    tileset.environmentMapManager.enabled = false;
    tileset.imageBasedLighting.sphericalHarmonicCoefficients = ambient();
    tileset.imageBasedLighting.imageBasedLightingFactor = new Cartesian2(1, 0);
    tileset.colorBlendMode = Cesium3DTileColorBlendMode.REPLACE;
    tileset.outlineColor = Color.fromCssColorString('#2a2d33');
    tileset.tileLoad.addEventListener(standApart);
    widget.scene.primitives.add(tileset);
    const city = new CityLayer(layer.id, tileset);
    city.paint();
    return city;
  }

  setLook(look: Look): void {
    const same = look.theme === this.look.theme && look.opacity === this.look.opacity && look.selected === this.look.selected;
    if (same) return;
    this.look = look;
    this.paint();
  }

  private paint(): void {
    const { theme, opacity, selected } = this.look;
    const { classes, classify } = themeOf(theme);
    const colours = new Map(classes.map(({ key, colour }) => [key, linear(colour)]));
    const chosen = linear(SELECTED);
    const evaluateColor = (feature: Cesium3DTileFeature, result: Color): Color => {
      const rgb = selected !== undefined && feature.getProperty('id') === selected
        ? chosen : classify && isBuilt(feature.getProperty('class')) && colours.get(classify((name) => feature.getProperty(name)));
      // Pure white leaves the materials of the model as they are.
      return Color.clone(rgb ? new Color(rgb[0], rgb[1], rgb[2], opacity) : new Color(1, 1, 1, opacity), result);
    };
    const style = new Cesium3DTileStyle();
    // A function is faster than the style language and may meet columns that a tile lacks.
    (style as unknown as { color: unknown }).color = { evaluateColor };
    this.tileset.style = style;
  }
}
