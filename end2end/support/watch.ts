import type { BrowserContext } from '@playwright/test';

/** What pages of oidc-provider-mock ask the world for; it never gets there. */
export const STYLE_OF_OTHERS = 'https://cdn.jsdelivr.net/npm/@picocss/pico@2/css/pico.min.css';

/** Notes whatever goes wrong in a browser behind the back of the person using it. */
export class Watch {
  readonly problems: string[] = [];
  private readonly expected = new Set<string>();
  private readonly providers: Set<string>;

  constructor(context: BrowserContext, app: string, provider: string, scripts: boolean) {
    this.providers = new Set([provider]);
    context.on('weberror', (error) => this.problems.push(`uncaught: ${error.error()}`));
    context.on('console', (message) => {
      const { url } = message.location();
      const isOurs = ![...this.providers].some((provider) => url.startsWith(provider));
      if (!['error', 'warning'].includes(message.type()) || !isOurs) return;
      // Chromium says of every answer below what it also says here; it is judged there.
      if (message.text().startsWith('Failed to load resource')) return;
      // Without JavaScript nobody uses what the page preloads for it.
      if (message.text().includes('was preloaded using link preload but not used') && !scripts) return;
      this.problems.push(`console ${message.type()}: ${message.text()} (${url})`);
    });
    context.on('request', (request) => {
      const url = new URL(request.url());
      if (url.href === STYLE_OF_OTHERS) return;
      if (/^https?:$/.test(url.protocol) && url.origin !== app && !this.providers.has(url.origin)) {
        this.problems.push(`asked a stranger: ${url}`);
      }
    });
    context.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText;
      // Without JavaScript Chromium blocks the scripts themselves.
      if (reason === 'csp' && !scripts) return;
      // Aborted: the person went on to another page before this one was complete.
      if (reason !== 'net::ERR_ABORTED') this.problems.push(`failed: ${request.url()} ${reason}`);
    });
    context.on('response', (response) => {
      const { origin, pathname } = new URL(response.url());
      if (origin !== app || response.status() < 400) return;
      const answer = `${response.status()} ${pathname}`;
      if (!this.expected.has(answer)) this.problems.push(`answered: ${answer}`);
    });
  }

  /** Says that the person is known at this provider, too. */
  knows(provider: string): void {
    this.providers.add(provider);
  }

  /** Says that the test goes where the app has to answer with this status. */
  expect(status: number, path: string): void {
    this.expected.add(`${status} ${path}`);
  }
}
