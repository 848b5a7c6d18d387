// Asks axe-core whether people with an impairment can use a page.
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/**
 * Fails if axe finds anything serious or critical, naming rule, element and
 * remedy. The script runs in a world of its own: the page's content policy
 * stays as it is.
 *
 * @param {import('playwright-core').Page} page
 */
export async function accessible(page) {
  await settled(page)
  const found = await findings(page)
  if (found.length) throw new Error(`axe on ${page.url()}:\n${found.join('\n')}`)
}

/** Waits for what fades in or out: half-way, its colours are nobody's. What only moves, as a clock does, may go on. */
function settled(page) {
  return page.waitForFunction(() => document.getAnimations().every((a) =>
    a.playState !== 'running' || a.effect?.getComputedTiming().endTime === Infinity
    || !a.effect?.getKeyframes().some((frame) => Object.keys(frame).some((name) => /opacity|color|background|filter/i.test(name)))))
}

/** What `accessible` would complain about, one text each. */
export async function findings(page) {
  const session = await page.context().newCDPSession(page)
  try {
    await session.send('Page.enable')
    const { frameTree } = await session.send('Page.getFrameTree')
    const { executionContextId: contextId } = await session.send('Page.createIsolatedWorld', {
      frameId: frameTree.frame.id,
      worldName: 'axe',
    })
    const run = `${source}; axe.run(document, {
      resultTypes: ['violations'],
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }).then(({violations}) => violations.map(({id, impact, help, nodes}) =>
      ({id, impact, help, nodes: nodes.map(({target, failureSummary}) => ({target: target.join(' '), failureSummary}))})))`
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
      expression: run, contextId, awaitPromise: true, returnByValue: true,
    })
    if (exceptionDetails) throw new Error(`axe did not run: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`)
    return result.value
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, impact, help, nodes }) =>
        [`${impact}: ${help} (${id})`, ...nodes.slice(0, 5).map((n) => `    ${n.target}: ${n.failureSummary.replace(/\s+/g, ' ')}`)].join('\n'))
  } finally {
    await session.detach()
  }
}
