/** The state of planning: what there is, what is open, when, and beside what. */
import { computed, signal } from '@preact/signals';
import type { Variant } from '../api';
import { momentsOf, scenarioId, stopsOf, type Change, type Operation, type Phase, type Project, type Revision, type Scenario } from '../plans';

/** The word for the city as it is, where a scenario could stand. */
export const BASE = 'base';

/** Null until the server has told them. */
export const projects = signal<Project[] | null>(null);
export const scenarios = signal<Scenario[]>([]);
export const listFailed = signal(false);

/** A scenario as `A` or `A@3`; null: the city as it is. */
export const opened = signal<string | null>(null);
/** RFC 3339; null: when all is done. */
export const moment = signal<string | null>(null);
/** What stands on the right of the divider: a scenario or `base`; null: nothing is compared. */
export const beside = signal<string | null>(null);
/** Where the divider is, 0..1 from the left. */
export const divider = signal(0.5);
export const showNew = signal(true);
export const showGone = signal(true);
/** True while tiles of another variant are on their way. */
export const switching = signal(false);
/** What cannot be opened. */
export const missing = signal<string | null>(null);

/** Of the opened scenario. */
export const revisions = signal<Revision[]>([]);
export const operations = signal<Operation[]>([]);
/** Names for spans of time in it. */
export const phases = signal<Phase[]>([]);
export const moments = computed(() => momentsOf(operations.value));
export const stops = computed(() => stopsOf(moments.value));
/** By scenario and moment; what is missing is on its way. */
export const changes = signal<Map<string, Change[]>>(new Map());

export const variantOf = (name: string | null): Variant | null => (name === null || name === BASE ? null : { scenario: name, moment: moment.value });
export const keyOf = (variant: Variant) => `${variant.scenario} ${variant.moment ?? ''}`;
export const left = computed(() => variantOf(opened.value));
export const right = computed(() => (opened.value === null ? null : variantOf(beside.value)));
export const isSplit = computed(() => opened.value !== null && beside.value !== null && beside.value !== opened.value);
export const changesHere = computed(() => (left.value ? changes.value.get(keyOf(left.value)) ?? null : null));

export const scenarioOf = (name: string | null): Scenario | undefined => (name === null ? undefined : scenarios.value.find(({ id }) => id === scenarioId(name)));
