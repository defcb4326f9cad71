/** Lets the scene follow what is open, when, and beside what. */
import { effect } from '@preact/signals';
import * as plans from '../state/plans';
import { who } from '../state/session';
import * as store from '../state/store';
import type { City } from './city';
import { nameOf, type Scene } from './stage';

/** Half of the knob of the divider's slider [CSS px]: so far from the border the divider stays. */
export const KNOB = 14;

/** Puts the city on the stage; settles when what the link asks for stands there. */
export async function followPlans({ widget, stage }: City): Promise<void> {
  const { scene } = widget;
  effect(() => {
    const share = plans.divider.value;
    const width = Math.max(1, widget.canvas.clientWidth);
    scene.splitPosition = (KNOB + share * (width - 2 * KNOB)) / width;
    scene.requestRender();
  });
  let last = '';
  let first: Promise<void> | undefined;
  let isRefused = false;
  effect(() => {
    const wanted: Scene = { left: plans.left.value, right: plans.right.value, isSplit: plans.isSplit.value, gone: new Map() };
    for (const variant of plans.showGone.value ? [wanted.left, wanted.right] : []) {
      const changes = variant && plans.changes.value.get(plans.keyOf(variant));
      if (changes) wanted.gone.set(nameOf(variant), changes);
    }
    const now = JSON.stringify([wanted.left, wanted.right, wanted.isSplit, ...wanted.gone.keys(), who.value]);
    if (now === last) return;
    last = now;
    plans.switching.value = true;
    const shown = stage.show(wanted).then((isThere) => {
      if (!isThere) return;
      plans.switching.value = false;
      // What could not be shown is no longer wanted.
      if (isRefused && store.problem.peek() === 'tiles') store.problem.value = 'none';
      isRefused = false;
    }, () => {
      plans.switching.value = false;
      isRefused = true;
      store.problem.value = 'tiles';
    });
    first ??= shown;
  });
  await first;
}
