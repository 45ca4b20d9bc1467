/** Says that a test shows a feature of the matrix in docs/providers.md; `matrix.mjs` collects the results. */
export const feature = (name: string) => ({ type: 'feature', description: name });

/** Says in that matrix what happened instead of a sign-in, where that is right, too. */
export const instead = (words: string) => ({ type: 'instead', description: words });
