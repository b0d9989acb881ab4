// Runs the suites of http-tests/cache-tests (https://cache-tests.fyi) that are about what limpid does as a cache.
//
// Those tests are written for caches that hand on what they get. limpid makes another body, with validators and
// freshness of its own, and hands on no headers; so this reads the tests as data and asks of each what remains:
// whether the publisher is asked, with which conditions, and what the reader is answered.
//
//   node shim.mjs PACKAGE LIMPID
//
// The last lines are what differs from differences.mjs: nothing, if all is well.

import { spawn } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { differences, skipped, suites } from './differences.mjs'

const [folder, limpid] = process.argv.slice(2)
const load = file => import(pathToFileURL(path.join(folder, file)))
const { default: all } = await load('tests/index.mjs')
const { httpDate } = await load('lib/utils.mjs')
const { dateHeaders } = await load('lib/defines.mjs')

const PAUSE = 3000
const wait = ms => new Promise(resolve => setTimeout(resolve, ms))

const tests = []
const reasons = new Map()
for (const suite of all) {
  for (const test of suite.tests) {
    if (test.browser_only) continue
    const reason = suites[suite.id] ?? skipped[test.id]
    if (reason) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
    else tests.push({ ...test, seen: [], step: 0, name: `t${tests.length}` })
  }
}

// The publisher: answers each request as the test's current step says.
const get = (headers, name) => (headers ?? []).filter(h => h[0].toLowerCase() === name).map(h => h[1]).at(-1)

function stated ([name, value], step) {
  if (!dateHeaders.has(name.toLowerCase()) || !Number.isInteger(value)) return String(value)
  return httpDate(Date.now(), value, step.rfc850date?.includes(name.toLowerCase()) ? 'rfc850' : undefined)
}

function answer (request, response) {
  const test = tests.find(test => request.url === `/${test.name}`)
  const [step, before] = [test.requests[test.step], test.requests[test.step - 1]]
  test.seen.push({ step: test.step, headers: request.headers })
  if (step.disconnect) return response.socket.destroy()
  let status = step.response_status?.[0] ?? 200
  if (step.expected_type?.endsWith('validated')) {
    const fits = (sent, name) => {
      const given = get(before.response_headers, name)
      return given !== undefined && request.headers[sent] === (test.sent[name] ?? given)
    }
    if (fits('if-none-match', 'etag') || fits('if-modified-since', 'last-modified')) status = 304
  }
  response.statusCode = status
  response.sendDate = false
  for (const header of step.response_headers ?? []) {
    const [name, value] = [header[0], stated(header, step)]
    test.sent[name.toLowerCase()] = value
    response.setHeader(name, [...[response.getHeader(name) ?? []].flat(), value])
  }
  if (!response.hasHeader('date')) response.setHeader('date', httpDate(Date.now(), 0))
  if (!response.hasHeader('content-type')) response.setHeader('content-type', 'application/rss+xml')
  const item = `<item><guid isPermaLink="false">${test.seen.length}</guid><title>High water</title></item>`
  const body = `<rss version="2.0"><channel><title>${test.name}</title>${item}</channel></rss>`
  response.end(status === 304 ? undefined : body)
}

// The reader.
function ask (port, test, headers) {
  return new Promise((resolve, reject) => {
    const request = http.request({ port, host: '127.0.0.1', path: `/feeds/${test.name}`, headers, agent: false }, response => {
      response.resume()
      response.on('end', () => resolve(response))
    })
    request.on('error', reject)
    request.end()
  })
}

// What the test sends of the publisher's validators is sent of limpid's.
function translated (test, step) {
  const headers = {}
  for (const [name, value] of step.request_headers ?? []) {
    const lower = name.toLowerCase()
    if (lower === 'if-none-match' && test.own) {
      headers[lower] = test.sent.etag ? value.replaceAll(test.sent.etag.replace('W/', ''), test.own.etag) : value
    } else if (lower === 'if-modified-since' && Number.isInteger(value)) {
      const origin = get(test.requests[0].response_headers, 'last-modified')
      const base = Date.parse(test.own['last-modified'])
      headers[lower] = httpDate(base, value - origin, step.rfc850date?.includes(lower) ? 'rfc850' : undefined)
    } else {
      headers[lower] = String(value)
    }
  }
  return headers
}

function wrong (test, step, response, asked) {
  switch (step.expected_type) {
    case 'cached':
      if (asked.length > 0 && !step.disconnect && !step.response_status) return 'the publisher was asked'
      if (response.statusCode >= 400) return `it was answered ${response.statusCode}`
      break
    case 'not_cached':
      if (asked.length !== 1) return 'the publisher was not asked'
      if (step.disconnect && response.statusCode < 400) return 'the old copy stood in'
      break
    case 'etag_validated':
      if (!asked[0]?.headers['if-none-match']) return 'the tag was not sent'
      break
    case 'lm_validated':
      if (!asked[0]?.headers['if-modified-since']) return 'the date was not sent'
  }
  const status = step.expected_status
  if (status && response.statusCode !== status) return `it was answered ${response.statusCode}, not ${status}`
  for (const [name] of (step.expected_response_headers ?? []).filter(Array.isArray)) {
    if (['ETag', 'Last-Modified'].includes(name) && !response.headers[name.toLowerCase()]) return `${name} is missing`
  }
}

async function run (port, test) {
  for (const [index, step] of test.requests.entries()) {
    test.step = index
    const before = test.seen.length
    const response = await ask(port, test, translated(test, step))
    test.own ??= response.headers
    const found = wrong(test, step, response, test.seen.slice(before))
    if (found) return `request ${index + 1}: ${found}`
    if (step.pause_after) await wait(PAUSE)
  }
}

const publisher = http.createServer(answer)
await new Promise(resolve => publisher.listen(0, '127.0.0.1', resolve))
const home = fs.mkdtempSync(path.join(os.tmpdir(), 'cache-tests-'))
const source = test => `http://127.0.0.1:${publisher.address().port}/${test.name}`
const feeds = tests.map(test => `[feeds.${test.name}]\nsource = "${source(test)}"\nallow-private = true\n`)
fs.writeFileSync(path.join(home, 'limpid.toml'), [
  '[server]\nlisten = "127.0.0.1:0"\n[cache]\nstale-while-revalidate = "0s"\n',
  '[fetch]\nmin-interval = "0s"\nhost-spacing = "0s"\n',
  ...feeds
].join(''))
const child = spawn(limpid, ['--config', path.join(home, 'limpid.toml'), '--log', 'json'], { stdio: ['ignore', 'pipe', 'pipe'] })
process.on('exit', () => { child.kill(); fs.rmSync(home, { recursive: true }) })
const port = await new Promise((resolve, reject) => {
  let said = ''
  const listen = chunk => {
    said += chunk
    const found = /127\.0\.0\.1:(\d+)/.exec(said)
    if (found && found[1] !== '0') resolve(Number(found[1]))
  }
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)
  child.on('exit', () => reject(new Error(said)))
})

tests.forEach(test => { test.sent = {} })
const results = await Promise.all(tests.map(async test => [test, await run(port, test)]))
const count = (what, of) => console.log(`${String(of).padStart(4)} ${what}`)
count('behave as the test wants', results.filter(([, found]) => !found).length)
count('differ, with a reason', results.filter(([test, found]) => found && differences[test.id]).length)
for (const [reason, many] of reasons) count(`not asked: ${reason}`, many)
let unexpected = 0
for (const [test, found] of results) {
  if (Boolean(found) === Boolean(differences[test.id])) continue
  unexpected += 1
  console.log(found ? `FAILED ${test.id} (${test.kind ?? 'required'}): ${found}` : `PASSED, though it is listed: ${test.id}`)
}
const ids = new Set(tests.map(test => test.id))
for (const id of Object.keys(differences).filter(id => !ids.has(id))) {
  unexpected += 1
  console.log(`no such test: ${id}`)
}
process.exit(unexpected ? 1 : 0)
