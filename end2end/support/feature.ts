import type { features } from '../features.mjs';

export type Feature = (typeof features)[number];

/** Says that a test shows a feature; `matrix.mjs` collects the results. */
export const feature = (name: Feature) => ({ type: 'feature', description: name });

/** Says in that matrix what happened instead of a sign-in, where that is right, too. */
export const instead = (words: string) => ({ type: 'instead', description: words });
