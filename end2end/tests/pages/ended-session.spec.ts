import { ada } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';

test('loses nothing of a form whose session ended while it was open', async ({ app, javaScriptEnabled, okta, visitor }) => {
  const { page } = visitor;
  await visitor.connectOkta();
  await visitor.startSession(ada);
  await visitor.open('/protected');
  await visitor.field('Note').fill('half a thought');
  await page.request.post(`${app.origin}/logout`, { maxRedirects: 0 });
  await page.context().clearCookies();

  visitor.watch.expect(401, '/api/keep_note');
  // What the page shows is loaded again after every try.
  visitor.watch.expect(401, '/api/greeting');
  visitor.watch.expect(401, '/api/identity');
  await page.getByRole('button', { name: 'Keep' }).click();
  const newTab = page.context().waitForEvent('page');
  await page.getByRole('link', { name: 'sign in again' }).first().click();
  const tab = await newTab;
  await okta.signIn(tab, ada);
  await expect(tab.getByRole('heading', { name: "You're signed in" })).toBeVisible();
  await tab.close();

  // Without JavaScript the page is the answer to the form, so loading it again sends the form again.
  if (javaScriptEnabled === false) await page.reload();
  else await page.getByRole('button', { name: 'Keep' }).click();
  await expect(visitor.main).toContainText('Your note: half a thought.');
  await expect(page).toHaveURL((url) => url.pathname === '/protected');
  await expect(page.getByRole('alert')).toBeHidden();
});
