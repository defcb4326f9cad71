/** The line of a section upon the ground, its corners, and the place that is looked at. */
import {
  Cartesian2, Cartesian3, Cartographic, ClassificationType, Color, ColorGeometryInstanceAttribute, GeometryInstance, GroundPolylineGeometry, GroundPolylinePrimitive,
  Math as CesiumMath, PointPrimitiveCollection, PolylineColorAppearance, type CesiumWidget,
} from '@cesium/engine';
import type { Place } from '../profile';

const LINE = Color.fromCssColorString('#c2410c');
const MARK = Color.fromCssColorString('#00b3c6');

export class Sketch {
  private line: GroundPolylinePrimitive | undefined;
  private readonly points = new PointPrimitiveCollection();
  private corners: Place[] = [];
  private marked: Place | null = null;

  constructor(private readonly widget: CesiumWidget, private readonly height: (lon: number, lat: number) => number) {
    const { scene } = widget;
    scene.primitives.add(this.points);
    // Finer tiles of the ground move it.
    scene.globe.tileLoadProgressEvent.addEventListener((waiting: number) => { if (waiting === 0 && this.corners.length) this.place(); });
    // The line is cut out in a worker; frames are only drawn when asked for.
    scene.postRender.addEventListener(() => { if (this.line && !this.line.ready) setTimeout(() => scene.requestRender(), 60); });
  }

  show(corners: Place[]): void {
    this.corners = corners;
    const { groundPrimitives } = this.widget.scene;
    if (this.line) groundPrimitives.remove(this.line);
    this.line = corners.length > 1 ? groundPrimitives.add(lineOf(corners)) as GroundPolylinePrimitive : undefined;
    this.place();
  }

  mark(place: Place | null): void {
    this.marked = place;
    this.place();
  }

  /** The place on the ground at a point of the picture. */
  at(x: number, y: number): Place | null {
    const { camera, scene } = this.widget;
    const ray = camera.getPickRay(new Cartesian2(x, y));
    const hit = ray && scene.globe.pick(ray, scene);
    if (!hit) return null;
    const { longitude, latitude } = Cartographic.fromCartesian(hit);
    return [CesiumMath.toDegrees(longitude), CesiumMath.toDegrees(latitude)];
  }

  private place(): void {
    this.points.removeAll();
    for (const corner of this.corners) this.add(corner, LINE, 9);
    if (this.marked) this.add(this.marked, MARK, 15);
    this.widget.scene.requestRender();
  }

  private add([lon, lat]: Place, color: Color, pixelSize: number): void {
    this.points.add({
      position: Cartesian3.fromDegrees(lon, lat, this.height(lon, lat)), color, pixelSize,
      outlineColor: Color.WHITE, outlineWidth: 2, disableDepthTestDistance: Number.POSITIVE_INFINITY,
    });
  }
}

function lineOf(corners: Place[]): GroundPolylinePrimitive {
  return new GroundPolylinePrimitive({
    geometryInstances: new GeometryInstance({
      geometry: new GroundPolylineGeometry({ positions: Cartesian3.fromDegreesArray(corners.flat()), width: 4 }),
      attributes: { color: ColorGeometryInstanceAttribute.fromColor(LINE) },
    }),
    appearance: new PolylineColorAppearance(),
    // Roads and land use too; what stands on the ground is drawn later (layers.ts).
    classificationType: ClassificationType.BOTH,
    allowPicking: false,
  });
}
