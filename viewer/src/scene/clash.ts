/** The room that two objects both want: a body that shines through what stands in front of it. */
import { ColorGeometryInstanceAttribute, Cartesian3, Color, GeometryInstance, PerInstanceColorAppearance, PolygonGeometry, PolygonHierarchy, PolygonOutlineGeometry, Primitive, ShadowMode, type CesiumWidget } from '@cesium/engine';
import { CLASH } from '../colour';
import type { Conflict } from '../conflicts';
import { heightOf } from '../conflicts';

/** So far the body reaches below the ground and above the room, so that thin ones are seen [m]. */
const BELOW_M = 2, ABOVE_M = 4;
const alpha = (share: number) => ColorGeometryInstanceAttribute.fromColor(Color.fromCssColorString(CLASH).withAlpha(share));

export class Clash {
  private drawn: Primitive[] = [];
  constructor(private readonly widget: CesiumWidget, private readonly ground: (lon: number, lat: number) => number) {}

  show(conflict: Conflict | null): void {
    const { primitives } = this.widget.scene;
    for (const one of this.drawn) primitives.remove(one);
    this.drawn = conflict?.geometry ? this.bodies(conflict, conflict.geometry.coordinates).map((one) => primitives.add(one) as Primitive) : [];
    this.widget.scene.requestRender();
  }

  /** Its faces, and its edges as lines. */
  private bodies(conflict: Conflict, polygons: [number, number][][][]): Primitive[] {
    const shapes = polygons.flatMap((polygon) => this.shape(polygon, heightOf(conflict)));
    const make = (geometryInstances: GeometryInstance[]) => new Primitive({
      geometryInstances, asynchronous: false, allowPicking: false, shadows: ShadowMode.DISABLED,
      appearance: new PerInstanceColorAppearance({ flat: true, translucent: true }),
      depthFailAppearance: new PerInstanceColorAppearance({ flat: true, translucent: true }),
    });
    const instance = (geometry: PolygonGeometry | PolygonOutlineGeometry, share: number, hidden: number) =>
      new GeometryInstance({ geometry, attributes: { color: alpha(share), depthFailColor: alpha(hidden) } });
    return [
      make(shapes.map((options) => instance(new PolygonGeometry({ ...options, vertexFormat: PerInstanceColorAppearance.FLAT_VERTEX_FORMAT }), 0.55, 0.3))),
      make(shapes.map((options) => instance(new PolygonOutlineGeometry(options), 1, 0.7))),
    ];
  }

  private shape([outer, ...holes]: [number, number][][], height: number) {
    if (!outer || outer.length < 4) return [];
    const ring = (points: [number, number][]) => Cartesian3.fromDegreesArray(points.slice(0, -1).flat());
    const grounds = outer.map(([lon, lat]) => this.ground(lon, lat));
    return [{
      polygonHierarchy: new PolygonHierarchy(ring(outer), holes.map((hole) => new PolygonHierarchy(ring(hole)))),
      height: Math.min(...grounds) - BELOW_M, extrudedHeight: Math.max(...grounds) + height + ABOVE_M,
    }];
  }
}
