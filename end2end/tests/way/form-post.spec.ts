import { feature } from '../../support/feature.ts';
import { ada } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';

// Form Post Response Mode 1.0. The provider's page posts itself, from another site: without the cookies of this one.
const details = { tag: '@script', annotation: feature('form_post') };

test('signs in by form post', details, async ({ app, okta, visitor }) => {
  const { page } = visitor;
  await visitor.connectOkta();
  const login = await page.request.get(`${app.origin}/login?return_to=/protected`, { maxRedirects: 0 });
  await page.goto(`${login.headers().location}&response_mode=form_post`);
  const posted = page.waitForRequest((request) => request.method() === 'POST' && request.url().startsWith(app.origin));
  await okta.signIn(page, ada);
  expect(new URL((await posted).url()).pathname).toBe('/authorization-code/callback');
  await visitor.expectAt('/protected');
  await expect(visitor.heading('Protected page')).toBeVisible();
});
