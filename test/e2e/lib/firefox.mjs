#!/usr/bin/env node
// Firefox as Playwright starts it, with two things between them: what Debian's Firefox does not know yet is answered for
// it, and the test may send commands of its own (one a line, on WOZAI_FIREFOX_SIDE) in the same session, as Firefox has
// no second one.
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { WebSocket, WebSocketServer } from 'ws'

const ours = 1e9 // our ids begin far above Playwright's

const child = spawn(process.env.WOZAI_FIREFOX, process.argv.slice(2), { stdio: ['ignore', 'inherit', 'pipe'] })
child.once('exit', (code) => process.exit(code ?? 1))
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill(signal))

createInterface({ input: child.stderr }).on('line', (line) => {
  const address = /WebDriver BiDi listening on (ws:\S+)/.exec(line)?.[1]
  if (!address) return console.error(line)
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  server.once('listening', () => console.error(`WebDriver BiDi listening on ws://127.0.0.1:${server.address().port}`))
  server.once('connection', (playwright) => between(playwright, new WebSocket(`${address}/session`)))
})

function between(playwright, browser) {
  const opened = new Promise((resolve) => browser.once('open', resolve))
  const send = (text) => opened.then(() => browser.send(text))
  const asked = new Map()
  let sent = ours

  playwright.on('message', (data) => {
    send(data.toString())
  })
  browser.on('message', (data) => {
    const text = data.toString()
    const { id, error } = JSON.parse(text)
    // What Playwright sends always and no test needs: which colours are preferred, keeping what was received.
    if (!asked.has(id)) return playwright.send(error === 'unknown command' ? JSON.stringify({ type: 'success', id, result: {} }) : text)
    asked.get(id).end(`${text}\n`)
    asked.delete(id)
  })
  playwright.once('close', () => browser.close())
  browser.once('close', () => playwright.close())

  createServer({ allowHalfOpen: true }, (test) => {
    createInterface({ input: test }).on('line', (line) => {
      asked.set(++sent, test)
      send(JSON.stringify({ id: sent, ...JSON.parse(line) }))
    })
  }).listen(process.env.WOZAI_FIREFOX_SIDE)
}
