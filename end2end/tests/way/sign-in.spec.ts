import { feature } from '../../support/feature.ts';
import { ada } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';

const everywhere = { tag: '@everywhere', annotation: feature('Sign-in') };

test.beforeEach(async ({ visitor }) => {
  await visitor.connectOkta();
});

test('gives the browser cookies out of reach of scripts, and no token', everywhere, async ({ app, visitor }) => {
  await visitor.signIn(ada);
  const cookies = await visitor.page.context().cookies(app.origin);
  expect(cookies.map(({ name }) => name).sort()).toEqual(['okta_session']);
  for (const cookie of cookies) expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });

  // A JSON Web Token begins so.
  const html = await (await visitor.page.request.get(`${app.origin}/identity`)).text();
  expect(html).not.toContain('eyJ');
  for (const { value } of cookies) expect(value).not.toContain('eyJ');
});

test('works in two tabs at a time', async ({ app, okta, visitor }) => {
  const first = visitor.page;
  const second = await first.context().newPage();
  await first.goto(`${app.origin}/protected`);
  await second.goto(`${app.origin}/identity`);

  await okta.signIn(first, ada);
  await expect(first).toHaveURL(`${app.origin}/protected`);
  await okta.signIn(second, ada);
  await expect(second).toHaveURL(`${app.origin}/identity`);
});

test('explains a sign-in that was not completed', { tag: '@refusal' }, async ({ okta, visitor }) => {
  const { page } = visitor;
  await visitor.open('/');
  await visitor.main.getByRole('link', { name: 'Sign in with Okta' }).click();
  visitor.watch.expect(403, '/authorization-code/callback');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(visitor.heading('Okta refused the sign-in')).toBeVisible();

  await page.getByRole('link', { name: 'Try again' }).click();
  await okta.signIn(page, ada);
  await visitor.expectSignedIn(ada);
});

test('refuses a callback that this browser did not ask for', async ({ app, visitor }) => {
  visitor.watch.expect(400, '/authorization-code/callback');
  await visitor.page.goto(`${app.origin}/authorization-code/callback?code=stolen&state=unknown`);
  await expect(visitor.page.getByRole('link', { name: 'Try again' })).toBeVisible();
  await visitor.open('/');
  await expect(visitor.page.getByText('Signed in as')).toBeHidden();
});
