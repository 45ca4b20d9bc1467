import { fileURLToPath } from 'node:url';
import type { Locator, Page } from '@playwright/test';
import axe from 'axe-core';
import { expect } from './test.ts';
import type { Visitor } from './visitor.ts';

declare global {
  interface Window {
    /** What `axe.source` puts there. */
    axe: typeof axe;
  }
}

const picture = (name: string) => fileURLToPath(new URL(`../results/pictures/${name}.png`, import.meta.url));
const pictureInDocs = (name: string) => fileURLToPath(new URL(`../../docs/images/${name}.png`, import.meta.url));
export const windows = { narrow: { width: 360, height: 740 }, wide: { width: 1280, height: 900 } };

/** Looks at the page in both sizes and both colour schemes, and leaves a picture of each. */
export async function look({ page }: Visitor, name: string): Promise<void> {
  await page.evaluate(axe.source);
  for (const [size, viewport] of Object.entries(windows)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.screenshot({ path: picture(`${name}-${size}-${colorScheme}`), fullPage: true });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect.soft(overflow, `${name} is too wide for a ${size} window`).toBe(0);
      expect.soft(await page.evaluate(violations), `${name}, ${size}, ${colorScheme}`).toEqual([]);
    }
  }
}

/** Runs in a page that has axe. Nobody reads what passes, and to describe that takes longer than to find it. */
async function violations(): Promise<string[]> {
  const { violations } = await window.axe.run({ resultTypes: ['violations'] });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

export const section = (page: Page, heading: string) => page.locator(`section[aria-labelledby="${heading}"]`);

/** A picture for the guides. They are kept in the repository, so they change only when somebody wants them to. */
export async function keepPicture(name: string, part: Page | Locator): Promise<void> {
  const path = process.env.SCREENSHOTS === '1' ? pictureInDocs(name) : picture(`docs-${name}`);
  await part.screenshot({ path });
}
