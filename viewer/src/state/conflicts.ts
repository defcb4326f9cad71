/** The state of conflicts: those of what is open, and the one that is looked at. */
import { computed, signal } from '@preact/signals';
import type { Conflict } from '../conflicts';

/** Null while they are not known, and for who may not see them. */
export const conflicts = signal<Conflict[] | null>(null);
/** The one that is marked in the picture. */
export const chosen = signal<number | null>(null);
export const marked = computed(() => conflicts.value?.find(({ id }) => id === chosen.value) ?? null);
/** Names of the objects that conflicts are about, by `scenario collection id`. */
export const titles = signal<Map<string, string>>(new Map());
