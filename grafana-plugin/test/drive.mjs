// Uses the editors as a person does: node test/drive.mjs PAGE GOOD_URL BAD_URL SESSION DIR
// Screenshots of all of it, light and dark, go into DIR.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const [page0, good, bad, session, dir] = process.argv.slice(2);
const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find((p) => p && existsSync(p));
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
});
const page = await browser.newPage({ viewport: { width: 1220, height: 560 } });
const errors = [];
page.on('pageerror', (e) => errors.push(String(e)));
page.setDefaultTimeout(20000);

const open = async (params) => {
  await page.goto(`${page0}/?${new URLSearchParams(params)}`);
  await page.waitForSelector('#root > *');
};
const query = async () => JSON.parse(await page.locator('#query').textContent());
const shot = (name) => page.screenshot({ path: `${dir}/${name}.png` });
const type = (name) => page.getByRole('radio', { name, exact: true }).click();
const run = async () => {
  await page.locator('#answer').evaluate((e) => (e.textContent = ''));
  await page.getByRole('button', { name: 'Run query' }).click();
  await page.waitForFunction(() => document.querySelector('#answer').textContent !== '');
  const answer = JSON.parse(await page.locator('#answer').textContent());
  assert.equal(answer.error, undefined);
  assert.ok(answer.rows.length > 0 && answer.rows[0] > 0, `no rows: ${JSON.stringify(answer)}`);
  return answer;
};
const step = async (name, work) => {
  try {
    await work();
    console.log(`ok ${name}`);
  } catch (e) {
    await shot(`failed-${name.replaceAll(' ', '-')}`);
    throw new Error(`${name}: ${e.message}\n${errors.join('\n')}`, { cause: e });
  }
};

for (const theme of ['dark', 'light']) {
  await step(`each type, ${theme}`, async () => {
    await open({ show: 'query', theme });
    for (const [name, kind] of Object.entries({ Metrics: 'metrics', Sessions: 'sessions', Trace: 'trace', Events: 'logs', Graph: 'nodegraph', Definitions: 'definitions', Annotations: 'annotations' })) {
      await type(name);
      if (kind !== 'metrics') {
        assert.equal((await query()).queryType, kind);
      }
      if (kind === 'trace') {
        await page.getByLabel('Session', { exact: true }).fill(session);
        await page.getByLabel('Session', { exact: true }).press('Enter');
        assert.equal((await query()).session, session);
      }
      if (kind === 'annotations') {
        await type('Gaps');
      }
      await run();
      await shot(`${kind}-${theme}`);
    }
  });
}

await step('a filter with values of the record', async () => {
  await open({ show: 'query', query: JSON.stringify({ queryType: 'metrics', measures: ['calls'], by: ['tool'], filters: [] }) });
  await page.getByRole('button', { name: 'Filter' }).click();
  await page.getByRole('combobox').nth(4).click();
  await page.getByRole('option', { name: 'transcript-client', exact: true }).click();
  await shot('filter');
  await page.keyboard.press('Escape');
  assert.deepEqual((await query()).filters, [{ dimension: 'client', values: ['transcript-client'] }]);
  await run();
});

await step('a measure is chosen', async () => {
  await page.getByLabel('Measure').click();
  await page.getByRole('option', { name: 'Error rate', exact: true }).click();
  await page.keyboard.press('Escape');
  assert.deepEqual((await query()).measures, ['calls', 'error_rate']);
});

await step('variables in filters', async () => {
  const [filters, hidden, empty] = await page.evaluate(() => [
    window.datasource.applyTemplateVariables({ refId: 'A', filters: [{ dimension: 'client', values: ['$client'] }, { dimension: 'server', values: ['${two}'] }] }, {}, [
      { key: 'tool', operator: '!=', value: 'x' },
    ]).filters,
    window.datasource.filterQuery({ refId: 'A', hide: true, queryType: 'metrics' }),
    window.datasource.filterQuery({ refId: 'A', queryType: 'trace' }),
  ]);
  assert.deepEqual(filters, [{ dimension: 'server', values: ['a', '7'] }, { dimension: 'tool', not: true, values: ['x'] }]);
  assert.deepEqual([hidden, empty], [false, false]);
});

await step('what Explore asks of events', async () => {
  const [before, after, paths] = await page.evaluate(async (id) => {
    const around = async (direction) => {
      const answer = await window.datasource.getLogRowContext({ uid: `A_${id}/4`, timeEpochMs: 0 }, { direction }, {});
      if (answer.errors?.length) {
        throw new Error(answer.errors[0].message);
      }
      return answer.data[0].fields.find((f) => f.name === 'seq').values.map(Number);
    };
    const live = { requestId: 'Q1', targets: [{ refId: 'A', queryType: 'logs' }], liveStreaming: true, scopedVars: {} };
    for (let i = 0; i < 2; i++) {
      await new Promise((done) => window.datasource.query(live).subscribe({ complete: done }));
    }
    return [await around('BACKWARD'), await around('FORWARD'), window.tails];
  }, session);
  assert.deepEqual(before, [0, 1, 2, 3]);
  assert.equal(after[0], 5);
  assert.equal(new Set(paths).size, 2, `paths of tails: ${paths}`);
});

await step('keys and values of ad-hoc filters', async () => {
  const [keys, values] = await page.evaluate(async () => [await window.datasource.getTagKeys(), await window.datasource.getTagValues({ key: 'client', filters: [] })]);
  assert.ok(keys.some((k) => k.text === 'scope'));
  assert.ok(values.some((v) => v.text === 'transcript-client'));
});

await step('the volume of events', async () => {
  const volume = await page.evaluate(() => window.datasource.getSupplementaryQuery({ type: 'LogsVolume' }, { refId: 'A', queryType: 'logs' }));
  assert.equal(volume.queryType, 'volume');
});

await step('a variable', async () => {
  await open({ show: 'variable' });
  await shot('variable');
  assert.deepEqual(await query(), { refId: 'variable', dimension: 'server' });
});

for (const theme of ['dark', 'light']) {
  for (const [what, url, says] of [['bad', bad, 'Nothing answers at'], ['good', good, 'Connected. ClickHouse 26.']]) {
    await step(`settings with a ${what} URL, ${theme}`, async () => {
      await open({ show: 'config', theme });
      await page.getByLabel('URL', { exact: true }).fill(url);
      await page.getByRole('button', { name: 'Save & test' }).click();
      await page.getByText(says).waitFor();
      await shot(`config-${what}-${theme}`);
    });
  }
}

assert.deepEqual(errors, []);
await browser.close();
