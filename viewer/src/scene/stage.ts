/** Which tilesets are drawn: those of the city, or what scenarios make of them, on either side of the divider. */
import { SplitDirection, type CesiumWidget } from '@cesium/engine';
import type { Layer, Variant } from '../api';
import { CHANGED, CHANGED_BESIDE, PLANNED, PLANNED_BESIDE } from '../colour';
import { getTouched, marksOf, type Change } from '../plans';
import { CityLayer, type Entry, type Side, type Tint } from './layers';

/** What is to be seen; `gone` are changes whose lost objects are drawn as glass, by the name of the variant. */
export interface Scene { left: Variant | null; right: Variant | null; isSplit: boolean; gone: Map<string, Change[]> }
interface Wanted extends Entry { side: Side }

/** Longest wait for tiles before the picture changes anyhow [ms]. */
const PATIENCE_MS = 10000;
const DIRECTIONS: Record<Side, SplitDirection> = { both: SplitDirection.NONE, left: SplitDirection.LEFT, right: SplitDirection.RIGHT };
export const nameOf = (variant: Variant | null) => (variant ? `${variant.scenario} ${variant.moment ?? ''}` : '');

export class Stage {
  /** What is drawn now. */
  readonly layers: CityLayer[] = [];
  private turn = 0;
  /** All tilesets by their keys, those on their way among them. */
  private readonly pool = new Map<string, Promise<CityLayer>>();
  private readonly tints = new WeakMap<CityLayer, { changes: Change[]; tint: Tint }>();

  constructor(private readonly widget: CesiumWidget, private readonly known: Layer[], private readonly failed: () => void, private readonly changed: () => void) {}

  /** Puts that on the stage; false where something else was wanted meanwhile. */
  async show(scene: Scene): Promise<boolean> {
    const turn = ++this.turn;
    const wanted = await this.wanted(scene);
    if (turn !== this.turn) return false;
    const found = (await Promise.all(wanted.map(async (one) => ({ one, layer: await this.load(one).catch(() => undefined) }))))
      .flatMap(({ one, layer }) => (layer ? [{ one, layer }] : []));
    if (found.length < wanted.length) this.failed();
    // The very first tilesets need not wait for anything.
    if (this.layers.length) await this.settled(found.map(({ layer }) => layer), turn);
    if (turn !== this.turn) return false;
    this.drop(new Set(found.map(({ one }) => one.key)));
    for (const { one, layer } of found) layer.stand(one.side, DIRECTIONS[one.side]);
    this.layers.splice(0, this.layers.length, ...found.map(({ layer }) => layer));
    this.changed();
    this.widget.scene.requestRender();
    return true;
  }

  /** How objects of a tileset are marked. */
  tintOf(layer: CityLayer, changes: Change[] | undefined): Tint | null {
    if (!changes) return null;
    const isBeside = layer.side === 'right';
    const fresh = isBeside ? PLANNED_BESIDE : PLANNED;
    const kept = this.tints.get(layer);
    if (kept?.changes === changes && kept.tint.fresh === fresh) return kept.tint;
    const tint = { marks: marksOf(changes, layer.id), fresh, changed: isBeside ? CHANGED_BESIDE : CHANGED };
    this.tints.set(layer, { changes, tint });
    return tint;
  }

  private load(entry: Wanted): Promise<CityLayer> {
    const there = this.pool.get(entry.key);
    if (there) return there;
    const coming = CityLayer.load(this.widget, entry);
    this.pool.set(entry.key, coming);
    coming.then(({ tileset }) => tileset.tileFailed.addEventListener(this.failed), () => this.pool.delete(entry.key));
    return coming;
  }

  private drop(kept: Set<string>): void {
    for (const [key, coming] of this.pool) {
      if (kept.has(key)) continue;
      this.pool.delete(key);
      void coming.then(({ tileset }) => this.widget.scene.primitives.remove(tileset), () => undefined);
    }
  }

  private async wanted({ left, right, isSplit, gone }: Scene): Promise<Wanted[]> {
    const [before, after] = await Promise.all([left, isSplit ? right : null].map((variant) => (variant ? getTouched(variant) : new Map<string, string[]>())));
    return this.known.flatMap((layer) => {
      const onLeft = before?.has(layer.id) ? left : null;
      const onRight = isSplit ? (after?.has(layer.id) ? right : null) : onLeft;
      const sides: [Side, Variant | null][] = nameOf(onLeft) === nameOf(onRight) ? [['both', onLeft]] : [['left', onLeft], ['right', onRight]];
      return sides.flatMap(([side, variant]): Wanted[] => {
        const city: Wanted = { key: `city ${layer.id} ${nameOf(variant)}`, layer, role: 'city', variant, side };
        const lost = variant ? marksOf(gone.get(nameOf(variant)) ?? [], layer.id).gone : new Set<string>();
        const ghost: Wanted = { key: `ghost ${layer.id} ${nameOf(variant)} ${[...lost].join(' ')}`, layer, role: 'ghost', variant: null, gone: lost, side };
        return lost.size ? [city, ghost] : [city];
      });
    });
  }

  private async settled(layers: CityLayer[], turn: number): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    let calm = 0;
    while (calm < 2 && turn === this.turn && performance.now() < end) {
      this.widget.scene.requestRender();
      await new Promise((resolve) => setTimeout(resolve, 50));
      calm = layers.every(({ tileset }) => tileset.tilesLoaded) ? calm + 1 : 0;
    }
  }
}
