import { feature } from '../../support/feature.ts';
import { ada, grace } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';

const everywhere = { tag: '@everywhere', annotation: feature('Sign-out') };

test('signs out here and at Okta, and somebody else may sign in', async ({ app, okta, visitor }) => {
  const { page } = visitor;
  await visitor.connectOkta();
  await visitor.signIn(ada);
  await visitor.signOut();
  await expect(page).toHaveURL((url) => url.origin === app.origin && url.pathname === '/');
  await expect(page.getByText('Signed in as')).toBeHidden();

  // Signed out at Okta, too: it asks again who this is.
  await page.goto(`${app.origin}/protected`);
  await okta.signIn(page, grace);
  await visitor.expectAt('/protected');
  await visitor.expectSignedIn(grace);
});

test('ends the session for every page of it', everywhere, async ({ app, visitor }) => {
  await visitor.connectOkta();
  await visitor.signIn(ada);
  const other = await visitor.page.context().newPage();
  await other.goto(`${app.origin}/protected`);

  // The other page asks whether it's still signed in.
  visitor.watch.expect(401, '/api/identity');
  await visitor.signOut();
  const answer = await other.request.get(`${app.origin}/protected`, { maxRedirects: 0 });
  expect(answer.headers().location).toContain('/login');
});
