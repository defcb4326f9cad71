/** Moving the view: start view, keys, buttons, links. */
import {
  BoundingSphere, Cartesian2, Cartesian3, Cartographic, HeadingPitchRange, Math as CesiumMath, Matrix4, type CesiumWidget,
} from '@cesium/engine';
import type { CameraView } from '../permalink';
import type { GroundModel } from './ground';
import type { Move } from './keys';

const still = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

export class CameraControl {
  constructor(private readonly widget: CesiumWidget, private readonly extent: [number, number, number, number], private readonly ground: GroundModel) {}
  private get camera() { return this.widget.camera; }

  read(): CameraView {
    const { positionCartographic: p, heading, pitch } = this.camera;
    const deg = CesiumMath.toDegrees;
    const turn = Math.round(deg(heading) * 10) / 10;
    return { lon: deg(p.longitude), lat: deg(p.latitude), height: p.height, heading: turn >= 360 ? 0 : turn, pitch: deg(pitch) };
  }

  set(view: CameraView): void {
    const rad = CesiumMath.toRadians;
    this.camera.setView({
      destination: Cartesian3.fromDegrees(view.lon, view.lat, view.height),
      orientation: { heading: rad(view.heading), pitch: rad(view.pitch), roll: 0 },
    });
  }

  home(): void {
    const [w, s, e, n] = this.extent;
    const lon = (w + e) / 2, lat = (s + n) / 2;
    const size = Cartesian3.distance(Cartesian3.fromDegrees(w, s), Cartesian3.fromDegrees(e, n));
    // Near enough for the town to fill the picture; of a large city its middle.
    const range = Math.min(Math.max(size * 0.62, 300), 4000);
    this.orbit(lon, lat, this.ground.height(lon, lat), new HeadingPitchRange(CesiumMath.toRadians(55), CesiumMath.toRadians(-24), range));
  }

  private orbit(lon: number, lat: number, height: number, from: HeadingPitchRange): void {
    this.camera.lookAt(Cartesian3.fromDegrees(lon, lat, height), from);
    this.camera.lookAtTransform(Matrix4.IDENTITY);
  }

  /** Flies to what has that half width [m], from so many times as far. */
  show(lon: number, lat: number, radius: number, distance = 5): void {
    const sphere = new BoundingSphere(Cartesian3.fromDegrees(lon, lat, this.ground.height(lon, lat) + radius / 3), radius);
    const offset = new HeadingPitchRange(this.camera.heading, CesiumMath.toRadians(-35), radius * distance);
    this.camera.flyToBoundingSphere(sphere, { duration: still() ? 0 : 1.2, offset });
  }

  /** At once, so that an object of that height and half width fills the picture [m]. */
  frame(lon: number, lat: number, height: number, radius: number): void {
    this.orbit(lon, lat, this.ground.height(lon, lat) + height / 2, new HeadingPitchRange(CesiumMath.toRadians(35), CesiumMath.toRadians(-28), radius * 5));
  }

  /** The place on the ground in the middle of the picture, and its distance. */
  private target(): { point: Cartesian3; range: number } {
    const canvas = this.widget.canvas;
    const ray = this.camera.getPickRay(new Cartesian2(canvas.clientWidth / 2, canvas.clientHeight / 2));
    const hit = ray && this.widget.scene.globe.pick(ray, this.widget.scene);
    const far = Math.max(100, this.camera.positionCartographic.height);
    const point = hit ?? Cartesian3.add(this.camera.positionWC, Cartesian3.multiplyByScalar(this.camera.directionWC, far, new Cartesian3()), new Cartesian3());
    return { point, range: Cartesian3.distance(point, this.camera.positionWC) };
  }

  move(move: Move): void {
    if (move === 'home') return this.home();
    const { point, range } = this.target();
    const { camera } = this;
    const step = range * 0.08;
    if (move === 'in') camera.move(camera.direction, Math.max(0, Math.min(range * 0.25, range - 20)));
    if (move === 'out') camera.move(camera.direction, -Math.min(range * 0.33, 20000));
    if (move === 'left' || move === 'right') camera.move(camera.right, move === 'left' ? -step : step);
    if (move === 'up' || move === 'down') this.forward(move === 'up' ? step : -step);
    const turn = { turnLeft: 1, turnRight: -1, tiltUp: 0, tiltDown: 0, north: 0 }[move as 'north'];
    if (turn === undefined) return;
    const tilt = move === 'tiltUp' ? 0.09 : move === 'tiltDown' ? -0.09 : 0;
    const heading = move === 'north' ? 0 : camera.heading + turn * 0.13;
    const pitch = Math.min(-0.08, Math.max(-1.5, camera.pitch + tilt));
    camera.lookAt(point, new HeadingPitchRange(heading, pitch, range));
    camera.lookAtTransform(Matrix4.IDENTITY);
  }

  private forward(metres: number): void {
    const up = Cartesian3.normalize(this.camera.positionWC, new Cartesian3());
    const flat = Cartesian3.cross(up, this.camera.rightWC, new Cartesian3());
    this.camera.move(Cartesian3.normalize(flat, flat), metres);
  }

  /** The box on the ground that the picture shows, degrees, cut to the twin's extent. */
  box(): [number, number, number, number] | null {
    const { canvas, scene } = this.widget;
    let [w, s, e, n] = [180, 90, -180, -90];
    for (const fx of [0.02, 0.5, 0.98]) for (const fy of [0.25, 0.5, 0.75, 0.98]) {
      const ray = this.camera.getPickRay(new Cartesian2(canvas.clientWidth * fx, canvas.clientHeight * fy));
      const hit = ray && scene.globe.pick(ray, scene);
      if (!hit) continue;
      const place = Cartographic.fromCartesian(hit);
      const lon = CesiumMath.toDegrees(place.longitude), lat = CesiumMath.toDegrees(place.latitude);
      w = Math.min(w, lon); e = Math.max(e, lon); s = Math.min(s, lat); n = Math.max(n, lat);
    }
    const [ew, es, ee, en] = this.extent;
    [w, s, e, n] = [Math.max(w, ew), Math.max(s, es), Math.min(e, ee), Math.min(n, en)];
    return e > w && n > s ? [w, s, e, n] : null;
  }
}
