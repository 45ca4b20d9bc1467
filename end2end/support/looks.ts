import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { expect } from './test.ts';
import type { Visitor } from './visitor.ts';

const picture = (name: string) => fileURLToPath(new URL(`../results/pictures/${name}.png`, import.meta.url));
const pictureInDocs = (name: string) => fileURLToPath(new URL(`../../docs/images/${name}.png`, import.meta.url));
export const windows = { narrow: { width: 360, height: 740 }, wide: { width: 1280, height: 900 } };

/**
 * Looks at the page in both sizes and both colour schemes, and leaves a picture of each. `sparingly`: axe sees each size and
 * each scheme once, because it takes longer than everything else.
 */
export async function look({ page }: Visitor, name: string, { sparingly = false } = {}): Promise<void> {
  for (const [size, viewport] of Object.entries(windows)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.screenshot({ path: picture(`${name}-${size}-${colorScheme}`), fullPage: true });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect.soft(overflow, `${name} is too wide for a ${size} window`).toBe(0);
      if (sparingly && (size === 'wide') !== (colorScheme === 'dark')) continue;
      const { violations } = await new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] }).analyze();
      const found = violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
      expect.soft(found, `${name}, ${size}, ${colorScheme}`).toEqual([]);
    }
  }
}

export const section = (page: Page, heading: string) => page.locator(`section[aria-labelledby="${heading}"]`);

/** A picture for the guides. They are kept in the repository, so they change only when somebody wants them to. */
export async function keepPicture(name: string, part: Page | Locator): Promise<void> {
  const path = process.env.SCREENSHOTS === '1' ? pictureInDocs(name) : picture(`docs-${name}`);
  await part.screenshot({ path });
}
