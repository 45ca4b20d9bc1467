// Tells an open page when its session ends or changes, in whatever tab or on the server: shows the
// notice in `.okta-session`, and dispatches `okta-session` with who is signed in.
//
// The server is asked only when there is a reason: another tab says that something has changed, a
// request of this page was answered with 401, the session's time is up, or the page is looked at
// again. While a page lies open, nothing is sent.
(() => {
  'use strict';
  const place = document.querySelector('.okta-session [data-address]');
  if (!place) return;
  const { address, logout, person = '', endsIn } = place.dataset;
  /** A page that is looked at again and again asks this often. */
  const SELDOM = 60_000;
  const LONGEST_TIMER = 2 ** 31 - 1;

  /** Whose page this is, and who is signed in, as far as this tab knows. Nobody is ''. */
  let owner = person;
  let known = person;
  let askedAt = Date.now();
  let asking, timer;

  const tabs = new BroadcastChannel('okta-session');
  tabs.onmessage = ({ data }) => {
    if (data.leaves) askedAt = 0;
    else if (data.person !== known) look();
  };
  tabs.postMessage({ person });
  endsAfter(endsIn * 1000);

  function look() {
    asking ??= ask()
      .catch(() => {})
      .finally(() => (asking = undefined));
  }

  /** Any other answer says nothing of the session: the server or its database may be away. */
  async function ask() {
    askedAt = Date.now();
    const answer = await fetch(address, { cache: 'no-store' });
    if (answer.status === 401) return learn('', '');
    if (!answer.ok) return;
    const identity = await answer.json();
    endsAfter(identity.expires_at * 1000 - Date.parse(answer.headers.get('date')));
    // As the page itself has them.
    identity.claims = JSON.stringify(identity.claims);
    learn(`${identity.issuer} ${identity.subject}`, JSON.stringify(identity));
  }

  function learn(person, detail) {
    owner ||= person;
    if (person !== known) tabs.postMessage({ person });
    known = person;
    show('ended', owner && !known);
    show('changed', known && known !== owner);
    // What is on the page belongs to its owner, and is never shown as somebody else's.
    if (!known || known === owner) dispatchEvent(new CustomEvent('okta-session', { detail }));
  }

  function show(name, isShown) {
    place.querySelector(`[data-when="${name}"]`).hidden = !isShown;
  }

  /** Some time later, so that the session has ended by then. */
  function endsAfter(milliseconds) {
    clearTimeout(timer);
    if (milliseconds >= 0) timer = setTimeout(look, Math.min(milliseconds + 1500, LONGEST_TIMER));
  }

  /** A page of nobody learns of a sign-in from the other tab. */
  function lookedAt() {
    if (!owner) return;
    const isSettled = known === owner && Date.now() - askedAt < SELDOM;
    if (!document.hidden && !isSettled) look();
  }
  document.addEventListener('visibilitychange', lookedAt);
  addEventListener('focus', lookedAt);
  addEventListener('pageshow', ({ persisted }) => persisted && look());

  // The session ends only once the server has the form: other tabs ask when they are looked at, or
  // as soon as this one is back from Okta.
  addEventListener('submit', ({ target }) => {
    if (target.action === new URL(logout, location).href) tabs.postMessage({ leaves: true });
  });

  new PerformanceObserver((list) => {
    const isRefusal = ({ name, responseStatus }) => {
      const { origin, pathname } = new URL(name);
      return responseStatus === 401 && origin === location.origin && pathname !== address;
    };
    if (known && list.getEntries().some(isRefusal)) look();
  }).observe({ type: 'resource' });
})();
