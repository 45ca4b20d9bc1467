import { ada, alan, grace } from './provider.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
/** Requests of Okta at once. */
const AT_ONCE = 4;

/** Somebody who is assigned to the app in Okta. */
export interface Assigned {
  /** Okta's ID, which is the subject of their sign-ins. */
  id: string;
  givenName: string;
  familyName: string;
  email: string;
  department: string;
}

const words = (text: string) => text.trim().split(/\s+/);

const givenNames = words(`
  Amara Bruno Chen Dilara Elif Farid Greta Hugo Ines Jun Kofi Lena Mateo Nadia Otto Priya
`);
const familyNames = words(`
  Abara Berg Costa Dietrich Eriksen Fofanah Garcia Haddad Ito Jansen Kowalski Lindqvist Moreau Novak Okafor Petrov
`);

/** What a company's groups are called. */
export const groupNames = words(`
  Engineering Support Sales Marketing Finance Legal Design Research Security Operations
  Facilities Procurement Payroll Training Partners Press Office-Berlin Office-Lagos Office-Lima Office-Osaka
`);

const signIn = ({ subject, name, email }: typeof ada): Assigned => {
  const [givenName = '', familyName = ''] = name.split(' ');
  return { id: subject, givenName, familyName, email, department: 'Engineering' };
};

/** So many people, the first of whom can sign in at the provider. */
export function company(size: number): Assigned[] {
  const others = Array.from({ length: size }, (_, number): Assigned => {
    const givenName = givenNames[number % givenNames.length]!;
    const round = Math.floor(number / givenNames.length);
    const familyName = familyNames[(number + round) % familyNames.length]!;
    return {
      id: `00u${String(number).padStart(17, '0')}`,
      givenName,
      familyName,
      email: `${givenName}.${familyName}@example.com`.toLowerCase(),
      department: groupNames[number % groupNames.length]!,
    };
  });
  return [...[ada, grace, alan].map(signIn), ...others].slice(0, size);
}

/** A resource, as the app answers with it. */
type Resource = Record<string, unknown> & { id: string };

/** Okta, as far as it provisions: it sends the requests that Okta sends, and remembers the app's IDs. */
export class OktaProvisioning {
  private readonly baseUrl: string;
  private readonly authorization: string;
  private readonly ids = new Map<string, string>();

  /** With the two values that an admin pasted. `scheme` is what the integration puts before the token. */
  constructor(baseUrl: string, token: string, scheme = 'Bearer ') {
    this.baseUrl = baseUrl;
    this.authorization = scheme + token;
  }

  /** **Test API Credentials**. Gives the status of the answer. */
  async testCredentials(): Promise<number> {
    return (await this.send('GET', '/Users?startIndex=1&count=1')).status;
  }

  /** Assigns people to the app: each is looked for, and created. */
  async assign(people: Assigned[]): Promise<void> {
    await inParallel(people, async (person) => {
      const found = await this.find('Users', 'userName', person.email);
      const there = found ?? (await this.done('POST', '/Users', user(person)));
      this.ids.set(person.id, there.id);
    });
  }

  /** The same without looking first, as when an answer was lost. Gives the status of the answer. */
  async assignAgain(person: Assigned): Promise<number> {
    return (await this.send('POST', '/Users', user(person))).status;
  }

  /** Updates a person, as custom apps do: what is there is read, and all of it sent back. */
  async update(person: Assigned, changes: object): Promise<void> {
    const path = `/Users/${this.ids.get(person.id)}`;
    await this.done('PUT', path, { ...(await this.done('GET', path)), ...changes });
  }

  /** Deactivates a person, or activates them again, as apps of the catalogue do. */
  async activate(person: Assigned, active: boolean): Promise<void> {
    await this.patch(`/Users/${this.ids.get(person.id)}`, { op: 'replace', value: { active } });
  }

  /** **Push group**: it is looked for, created without members, and filled. */
  async pushGroup(name: string, members: Assigned[]): Promise<void> {
    const found = await this.find('Groups', 'displayName', name);
    const group = found ?? (await this.done('POST', '/Groups', { schemas: [GROUP], displayName: name, members: [] }));
    this.ids.set(name, group.id);
    if (members.length > 0) await this.addMembers(name, members);
  }

  async pushGroups(groups: [name: string, members: Assigned[]][]): Promise<void> {
    await inParallel(groups, ([name, members]) => this.pushGroup(name, members));
  }

  async addMembers(group: string, members: Assigned[]): Promise<void> {
    const value = members.map(({ id, email }) => ({ value: this.ids.get(id), display: email }));
    await this.changeMembers(group, { op: 'add', path: 'members', value });
  }

  async removeMember(group: string, { id }: Assigned): Promise<void> {
    await this.changeMembers(group, { op: 'remove', path: `members[value eq "${this.ids.get(id)}"]` });
  }

  /** The name comes with every change of members. */
  private async changeMembers(group: string, change: object): Promise<void> {
    const id = this.ids.get(group);
    await this.patch(`/Groups/${id}`, { op: 'replace', value: { id, displayName: group } }, change);
  }

  private async patch(path: string, ...operations: object[]): Promise<void> {
    await this.done('PATCH', path, { schemas: [PATCH_OP], Operations: operations });
  }

  private async find(endpoint: string, attribute: string, value: string): Promise<Resource | undefined> {
    const filter = encodeURIComponent(`${attribute} eq "${value}"`);
    const list = await this.done('GET', `/${endpoint}?filter=${filter}&startIndex=1&count=100`);
    return (list as unknown as { Resources: Resource[] }).Resources[0];
  }

  /** The body of an answer, which has to be one of success. */
  private async done(method: string, path: string, body?: object): Promise<Resource> {
    const answer = await this.send(method, path, body);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? { id: '' } : JSON.parse(text);
  }

  private send(method: string, path: string, body?: object): Promise<Response> {
    return fetch(this.baseUrl + path, {
      method,
      headers: {
        authorization: this.authorization,
        'content-type': 'application/scim+json; charset=utf-8',
        'user-agent': 'Okta SCIM Client 1.0.0',
      },
      body: body && JSON.stringify(body),
    });
  }
}

function user({ id, givenName, familyName, email, department }: Assigned): object {
  return {
    schemas: [USER, 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'],
    userName: email,
    name: { givenName, familyName },
    emails: [{ primary: true, value: email, type: 'work' }],
    displayName: `${givenName} ${familyName}`,
    locale: 'en-US',
    externalId: id,
    groups: [],
    password: '1mz050nq',
    active: true,
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department },
  };
}

async function inParallel<T>(all: T[], work: (one: T) => Promise<void>): Promise<void> {
  const waiting = all.values();
  const worker = async () => {
    for (const one of waiting) await work(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
