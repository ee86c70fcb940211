// The way in: a link that works once, a cookie that is of use under one name only, and nothing for anybody else.

import { test } from 'node:test'
import assert from 'node:assert/strict'
import { link, open, service } from './ui.mjs'

test('a link opens the pages once, and its cookie is for them alone', async (t) => {
  const first = link()
  const page = await open(t, '', { storageState: undefined, at: first })
  await page.getByRole('heading', { level: 1 }).first().waitFor()
  const { origin } = new URL(first)
  assert.equal(new URL(page.url()).origin, origin)
  await page.goto(`${origin}/sessions`)
  await page.getByRole('row').nth(1).waitFor()
  const cookies = await page.context().cookies()
  assert.deepEqual(
    cookies.map((c) => [c.domain, c.httpOnly, c.sameSite]),
    [[new URL(first).hostname, true, 'Strict']],
  )
  const used = await open(t, '', { storageState: undefined, at: first })
  await used.getByText('used already').waitFor()
  const stranger = await open(t, '', { storageState: undefined, at: `${service}/sessions` })
  await stranger.getByText('mcptrail link').waitFor()
})

test('another origin gets nothing', async () => {
  for (const headers of [{}, { authorization: 'Bearer wrong' }, { cookie: 'mcptrail=guessed' }, { authorization: 'Basic Og==' }]) {
    const answer = await fetch(`${service}/api/v1/sessions`, { headers })
    assert.equal(answer.status, 401)
    assert.match((await answer.json()).detail, /mcptrail link/)
  }
})
