import { expect, test } from 'vitest'
import { agentName, agentNames, principalName, serverName, serverNames } from './names'

const nobody = { issuer: '', subject: '', client_id: '', fingerprint: '', verified: false }

test.each([
  ['a subject of an issuer', { subject: 'ann', issuer: 'https://id.example' }, 'ann@id.example'],
  ['a user of a host', { subject: 'root', issuer: 'vm' }, 'root@vm'],
  ['a client', { client_id: 'app', fingerprint: 'bearer:0123456789abcdef0123' }, 'app'],
  ['a long fingerprint', { fingerprint: 'bearer:0123456789abcdef0123' }, 'bearer:0123456789…'],
  ['nobody', {}, 'no credential'],
])('%s is named', (_, over, want) => {
  expect(principalName({ ...nobody, ...over })).toBe(want)
})

const peer = (name: string) => ({ name, version: '' })

test('who has no name is called so', () => {
  expect([agentName({ client: peer('') }), serverName({ server: peer(''), upstream: 'files' }), serverName({ server: peer(''), upstream: '' })]).toEqual(['unnamed agent', 'files', 'unnamed server'])
  expect([agentNames([]), agentNames([peer('a'), peer('b')]), serverNames([]), serverNames(['x', 'y'])]).toEqual(['unnamed agent', 'a, b', 'unnamed server', 'x, y'])
})
