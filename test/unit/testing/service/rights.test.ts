import { answerOf, arrive, file, StandIn, USERS } from './stand_in';
import type { Connected, OpenJob, UserName } from './stand_in';

/*
 * Who may use whose jobs: "BITS Security, Tokens, and Administrator Accounts", "Users and Network Connections",
 * IBackgroundCopyManager::EnumJobs, IBackgroundCopyJob::TakeOwnership.
 */

const DENIED = 'E_ACCESSDENIED';

/** A job of one user, in the hands of another: what reading, changing, and setting a secret answer. */
const ACCESS: readonly (readonly [owner: UserName, caller: UserName, read: string, change: string, secret: string])[] =
  [
    ['user', 'user', 'ok', 'ok', 'ok'],
    ['user', 'other', DENIED, DENIED, DENIED],
    ['user', 'admin', 'ok', 'ok', DENIED],
    ['user', 'filteredAdmin', DENIED, DENIED, DENIED],
    ['user', 'system', 'ok', 'ok', DENIED],
    ['user', 'localService', DENIED, DENIED, DENIED],
    ['admin', 'admin', 'ok', 'ok', 'ok'],
    // An elevated program's job is for elevated programs only.
    ['admin', 'filteredAdmin', DENIED, DENIED, DENIED],
    ['filteredAdmin', 'admin', 'ok', 'ok', 'ok'],
    ['admin', 'user', DENIED, DENIED, DENIED],
    // A token of higher integrity: many jobs of LocalSystem cannot be changed by administrators.
    ['system', 'admin', 'ok', DENIED, DENIED],
    ['system', 'system', 'ok', 'ok', 'ok'],
  ];

/** A handle that the caller got before it mattered who calls. */
async function held(computer: StandIn, owner: UserName, caller: UserName): Promise<[Connected, OpenJob]> {
  const job = await computer.connect(owner).createJob({ files: [file()] });
  const other = computer.connect(caller);
  const { owner: identity } = job.state;
  job.state.owner = other.client.identity;
  const { handle } = await other.addon.manager.getJob(other.manager, job.id);
  job.state.owner = identity;
  return [other, { ...job, handle }];
}

test.each(ACCESS)("a job of '%s' for '%s': reading %s, changing %s, secrets %s", async (owner, caller, ...expected) => {
  const [{ addon }, { handle }] = await held(new StandIn(), owner, caller);
  const answers = [
    await answerOf(addon.job.getDescription(handle)),
    await answerOf(addon.job.setDescription(handle, 'changed')),
    await answerOf(addon.job.setCredentials(handle, 1, 1, 'u', 'p')),
  ];
  expect(answers).toEqual(expected);
});

test('secrets are for the owner: all methods', async () => {
  const [{ addon }, { handle }] = await held(new StandIn(), 'user', 'admin');
  const { job } = addon;
  const hash = new Uint8Array(20);
  const answers = await Promise.all(
    [
      job.setCredentials(handle, 1, 1, 'u', 'p'),
      job.removeCredentials(handle, 1, 1),
      job.setClientCertificateByID(handle, 0, 'MY', hash),
      job.setClientCertificateByName(handle, 0, 'MY', 'me'),
      job.removeClientCertificate(handle),
      job.setCustomHeaders(handle, null),
      job.getCustomHeaders(handle),
      job.makeCustomHeadersWriteOnly(handle),
    ].map(answerOf),
  );
  expect(new Set(answers)).toEqual(new Set([DENIED]));
  expect(await answerOf(job.getClientCertificate(handle))).toBe('RPC_X_BAD_STUB_DATA');
});

test('GetJob: of another user, of an elevated program, of nobody', async () => {
  const computer = new StandIn();
  const get = (caller: UserName, id: string) => {
    const { addon, manager } = computer.connect(caller);
    return answerOf(addon.manager.getJob(manager, id));
  };
  const { id } = await computer.connect('user').createJob();
  expect(await get('other', id)).toBe(DENIED);
  expect(await get('admin', id.toUpperCase())).toBe('ok');
  const elevated = await computer.connect('admin').createJob();
  expect(await get('filteredAdmin', elevated.id)).toBe(DENIED);
  expect(await get('user', '{00000000-0000-0000-0000-000000000000}')).toBe('BG_E_NOT_FOUND');
});

test('EnumJobs lists the own jobs, and all for administrators', async () => {
  const computer = new StandIn();
  const owners = ['user', 'other', 'admin', 'filteredAdmin', 'system'] as const;
  const ids = Object.fromEntries(
    await Promise.all(owners.map(async (owner) => [owner, (await computer.connect(owner).createJob()).id] as const)),
  );
  const list = async (caller: UserName, flags: number) => {
    const { addon, manager } = computer.connect(caller);
    const jobs = await addon.manager.enumJobs(manager, flags);
    return owners.filter((owner) => jobs.some(({ id }) => id === ids[owner]));
  };
  expect(await list('user', 0)).toEqual(['user']);
  expect(await list('admin', 0)).toEqual(['admin', 'filteredAdmin']);
  expect(await list('filteredAdmin', 0)).toEqual(['filteredAdmin']);
  expect(await list('admin', 1)).toEqual([...owners]);
  const all = (caller: UserName) => {
    const { addon, manager } = computer.connect(caller);
    return answerOf(addon.manager.enumJobs(manager, 1));
  };
  expect(await Promise.all((['user', 'filteredAdmin', 'localService'] as const).map(all))).toEqual([
    DENIED,
    DENIED,
    DENIED,
  ]);
  const { addon, manager } = computer.connect();
  expect(await answerOf(addon.manager.enumJobs(manager, 2))).toBe('E_INVALIDARG');
});

describe('TakeOwnership', () => {
  test('is for administrators, and drops the secrets of the former owner', async () => {
    const computer = new StandIn();
    const owner = computer.connect();
    const job = await owner.createJob({ files: [file()], customHeaders: 'A: b\r\n', writeOnlyHeaders: true });
    await owner.addon.job.setCredentials(job.handle, 1, 1, 'u', 'p');
    await owner.addon.job.setClientCertificateByName(job.handle, 0, 'MY', 'me');
    await owner.addon.job.setNotifyCmdLine(job.handle, 'C:\\a.exe', null);
    await owner.addon.job.setNotifyInterface(job.handle, () => undefined);
    expect(await answerOf(owner.addon.job.takeOwnership(job.handle))).toBe(DENIED);

    const admin = computer.connect('admin');
    const taken = await admin.addon.manager.getJob(admin.manager, job.id);
    await admin.addon.job.takeOwnership(taken.handle);
    expect(job.state).toMatchObject({
      owner: { sid: USERS.admin.sid, elevated: true, integrity: 0x3000 },
      credentials: [],
      clientCertificate: null,
      customHeaders: null,
      headersWriteOnly: false,
      notifyCmdLine: [null, null],
    });
    expect(await admin.addon.job.getOwner(taken.handle)).toBe(USERS.admin.sid);
    expect(await admin.addon.job.getOwnerElevationState(taken.handle)).toBe(true);
    expect(await admin.addon.job.getOwnerIntegrityLevel(taken.handle)).toBe(0x3000);
    expect(await admin.addon.job.getNotifyInterface(taken.handle)).toBe(2); // the callback stays with who registered it
    expect(await answerOf(owner.addon.job.getState(job.handle))).toBe(DENIED);
  });

  test('fails when the new owner has no access to the temporary files', async () => {
    const computer = new StandIn();
    const job = await computer.connect().createJob({ files: [file()] });
    arrive(computer, job);
    jest.spyOn(computer.disk, 'mayWrite').mockReturnValue(false);
    const { addon, manager } = computer.connect('admin');
    const { handle } = await addon.manager.getJob(manager, job.id);
    expect(await answerOf(addon.job.takeOwnership(handle))).toBe('BG_E_NEW_OWNER_NO_FILE_ACCESS');
    expect(job.state.owner.sid).toBe(USERS.user.sid);
  });
});

describe('helper tokens', () => {
  const set = async (owner: UserName, version: '5.0' | '10.3') => {
    const program = new StandIn({ version }).connect(owner);
    const { handle } = await program.createJob();
    return answerOf(program.addon.job.setHelperToken(handle));
  };

  test('before Windows 10 1607 the owner of the job has to be an administrator', async () => {
    expect([await set('user', '5.0'), await set('admin', '5.0')]).toEqual([DENIED, 'ok']);
    expect([await set('user', '10.3'), await set('admin', '10.3')]).toEqual(['ok', 'ok']);
  });

  test("an administrator's token is not for the jobs of others", async () => {
    const computer = new StandIn();
    const job = await computer.connect('user').createJob();
    const { addon, manager } = computer.connect('admin');
    const { handle } = await addon.manager.getJob(manager, job.id);
    expect(await answerOf(addon.job.setHelperToken(handle))).toBe(DENIED);
  });

  test('are told by their account, and lost with the service', async () => {
    const computer = new StandIn();
    const { addon, manager } = computer.connect();
    const { handle } = await addon.manager.createJob(manager, 'x', 0);
    expect(await addon.job.getHelperTokenSid(handle)).toBeNull();
    await addon.job.setHelperToken(handle);
    expect(await addon.job.getHelperTokenSid(handle)).toBe(USERS.user.sid);
    computer.service.stop();
    expect(await addon.job.getHelperTokenSid(handle)).toBeNull();
    await addon.job.setHelperToken(handle);
    await addon.job.clearHelperToken(handle);
    expect(await addon.job.getHelperTokenSid(handle)).toBeNull();
  });
});
