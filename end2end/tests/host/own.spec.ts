import { ada } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';
import type { Visitor } from '../../support/visitor.ts';

// What the app had before the plugin came, and has still.

const password = 'the password of the reader';

test.use({ environment: { BLOG_PASSWORD: password } });

async function signInWithPassword(visitor: Visitor, typed = password): Promise<void> {
  await visitor.open('/login');
  await visitor.field('Name').fill('reader');
  await visitor.field('Password').fill(typed);
  await visitor.press('Sign in');
  await visitor.hydrated();
}

test('has its own sign-in, settings, identity and sign-out', async ({ app, visitor }) => {
  const { page } = visitor;
  await visitor.open('/settings');
  await visitor.expectAt('/login');

  await signInWithPassword(visitor, 'another');
  await expect(page.getByRole('alert')).toHaveText('Name and password do not match.');
  await signInWithPassword(visitor);
  await visitor.expectAt('/settings');

  await visitor.field('Display name').fill('A faithful reader');
  await visitor.press('Save');
  await page.reload();
  await expect(visitor.field('Display name')).toHaveValue('A faithful reader');
  const identity = await page.request.get(`${app.origin}/api/identity`);
  expect(await identity.json()).toEqual({ reader: 'A faithful reader' });

  await visitor.hydrated();
  await visitor.press('Leave the blog');
  await visitor.expectAt('/');
  expect((await page.request.get(`${app.origin}/api/identity`)).status()).toBe(401);
});

test('knows its readers and its authors apart', async ({ app, visitor }) => {
  const { page } = visitor;
  await visitor.connectOkta();
  await signInWithPassword(visitor);
  const answer = await page.request.get(`${app.origin}/write`, { maxRedirects: 0 });
  expect(answer.headers().location).toBe('/auth/login?return_to=%2Fwrite');

  await visitor.signInAt('/write', ada);
  const reader = await page.request.get(`${app.origin}/api/identity`);
  expect(await reader.json()).toEqual({ reader: 'reader' });
  const author = await page.request.get(`${app.origin}/auth/api/identity`);
  expect(await author.json()).toMatchObject({ name: ada.name });

  await visitor.open('/settings');
  await visitor.press('Leave the blog');
  await visitor.open('/write');
  await expect(visitor.main).toContainText(`You write as ${ada.name}`);
});

test('has its own pages for what is not there', async ({ visitor }) => {
  for (const path of ['/nothing', '/posts/7', '/staff/okta/a/b']) {
    visitor.watch.expect(404, path);
    expect((await visitor.open(path))?.status()).toBe(404);
    await expect(visitor.heading('There is no such page')).toBeVisible();
  }
});

test('keeps its content security policy', async ({ visitor }) => {
  await visitor.connectOkta();
  for (const path of ['/', '/login', '/staff/okta']) {
    const policy = (await visitor.open(path))?.headers()['content-security-policy'];
    expect(policy).toMatch(/^default-src 'none'; script-src 'self' 'nonce-[\w+/=-]+' 'wasm-unsafe-eval'; /);
    expect(policy).toContain("form-action 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
  }
});

test('keeps its own looks, because the stylesheet of the plugin is for elements of the plugin', async ({ visitor }) => {
  await visitor.open('/');
  const selectors = await visitor.page.evaluate(() => {
    const selectorsOf = (rules: CSSRuleList): string[] =>
      [...rules].flatMap((rule) => {
        if (rule instanceof CSSStyleRule) return rule.selectorText.split(/,(?![^(]*\))/);
        return rule instanceof CSSGroupingRule ? selectorsOf(rule.cssRules) : [];
      });
    const sheet = [...document.styleSheets].find(({ href }) => href?.endsWith('/okta.css'));
    return sheet ? selectorsOf(sheet.cssRules).map((selector) => selector.trim()) : [];
  });
  expect(selectors.length).toBeGreaterThan(100);
  // That of the custom properties, which any rule of the app's own outweighs.
  const ofAnything = selectors.filter((selector) => !selector.includes('.okta-') && selector !== ':where(:root)');
  expect(ofAnything).toEqual([]);
});
