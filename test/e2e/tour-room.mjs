// Pictures of the meeting room and its door in every state, to be looked at: phone and desk, both
// languages, the largest type. The tests judge; here axe, things too small to touch and words that
// are cut off are printed beside the pictures when asked.
//
//   node test/e2e/tour-room.mjs [--only part-of-a-name] [--looks phone-zh,desk-en-largest,…] [--check]
//
// It starts demonstrations and leaves the pictures in test/e2e/out/tour-room.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { test } from 'node:test'
import { findings } from './lib/axe.mjs'
import { openBrowser } from './lib/browser.mjs'
import { cleanup } from './lib/cleanup.mjs'
import { out, startDemo } from './lib/demo.mjs'
import { byLink, crowd, roomOf, signedIn } from './lib/room.mjs'

const every = ['phone-zh', 'phone-zh-largest', 'desk-zh', 'desk-zh-largest', 'phone-en', 'phone-en-largest', 'desk-en', 'desk-en-largest']
const { values } = parseArgs({ options: { only: { type: 'string', default: '' }, looks: { type: 'string', default: every.join() }, check: { type: 'boolean', default: false } } })
// By language: it changes by loading the page anew.
const looks = every.filter((look) => values.looks.split(',').includes(look))
const folder = join(out, 'tour-room')
mkdirSync(folder, { recursive: true })
const screens = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 800 } }
const tools = /^(会议工具|Meeting tools)$/
const autoplay = ['--autoplay-policy=no-user-gesture-required']
const wanted = (...names) => names.some((name) => values.only === '' || values.only.split(',').some((part) => name.includes(part)))

/**
 * Pictures of one state, in every look. before brings the page there, after away from it again.
 * tall: a sheet is shown whole; 'page': the page is.
 */
async function pictures(page, name, { before, after, tall } = {}) {
  if (!wanted(name)) return
  for (const look of looks) {
    const [device, lang, size = 'standard'] = look.split('-')
    try {
      await page.setViewportSize(screens[device])
      await speak(page, lang === 'en' ? 'en' : 'zh-CN')
      await page.evaluate((size) => (document.documentElement.dataset.size = size), size)
      await before?.(page)
      if (tall === true) {
        await page.setViewportSize({ ...screens[device], height: 2600 })
        await page.evaluate(() => {
          const sheet = document.querySelector('dialog[open]')
          if (sheet) sheet.style.maxHeight = 'none'
        })
      }
      await page.waitForFunction(() => [...document.images].every((i) => i.complete), undefined, { timeout: 3_000 }).catch(() => {})
      await page.screenshot({ path: join(folder, `${name}-${look}.png`), fullPage: tall === 'page', animations: 'disabled' })
      if (values.check) for (const fault of [...(await findings(page)), ...(await page.evaluate(misfits))]) console.log(`${name}-${look}: ${fault}`)
    } catch (error) {
      console.log(`${name}-${look}: ${error.message.split('\n')[0]}`)
    }
    await after?.(page).catch((error) => console.log(`after ${name}-${look}: ${error.message.split('\n')[0]}`))
  }
}

/** In the page: what is too small to touch, and words that do not fit. */
function misfits() {
  const found = []
  const top = document.querySelector('dialog[open]') ?? document.body
  const words = (e) => (e.getAttribute('aria-label') ?? e.textContent).trim().slice(0, 30)
  for (const e of top.querySelectorAll('button, a, select, input, summary, label')) {
    const box = (e.matches('input') ? (e.closest('label') ?? e) : e).getBoundingClientRect()
    if (box.width === 0 || box.width === 1) continue
    if (box.height < 43.5 || box.width < 43.5) found.push(`small ${e.tagName} "${words(e)}" ${Math.round(box.width)}×${Math.round(box.height)}`)
  }
  for (const e of top.querySelectorAll('*')) {
    if (e.closest('.visually-hidden, svg, option') || e.matches('textarea, input, select, dialog')) continue
    if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && getComputedStyle(e).display !== 'inline') found.push(`wide ${e.tagName}.${e.className} "${words(e)}" ${e.scrollWidth} in ${e.clientWidth}`)
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push(`page ${document.documentElement.scrollWidth} wide`)
  return found
}

const seated = (page) => page.getByRole('navigation', { name: tools })
async function speak(page, language) {
  if ((await page.evaluate(() => document.documentElement.lang)) === language) return
  await page.context().addCookies([{ name: 'wozai_lang', value: language, url: new URL(page.url()).origin }])
  const inside = (await seated(page).count()) > 0
  await page.reload()
  if (inside) await fullPictures(page)
  else await page.getByRole('heading').first().waitFor()
}
/** All pictures are asked for, however busy the machine makes the line. */
async function fullPictures(page) {
  await seated(page).waitFor()
  await rung(1)(page)
}
const rung = (n) => async (page) => {
  await press('n')(page)
  await page.getByRole('radio').nth(n).check()
  await shut(page)
}
const press = (key) => async (page) => {
  await page.keyboard.press(key)
  await page.getByRole('dialog').first().waitFor({ timeout: 1_000 }).catch(() => {})
}
const shut = (page) => page.keyboard.press('Escape')
const click = (name) => (page) => page.getByRole('button', { name }).first().click()
const unfold = (page) => page.evaluate(() => document.querySelectorAll('details').forEach((d) => (d.open = true)))
const settle = (page, words) => page.getByText(words).first().waitFor({ timeout: 8_000 }).catch(() => console.log(`never seen: ${words}`))
const hostSheet = { before: press('h'), after: shut, tall: true }

/** A demonstration with ways into its meeting. */
async function stage(t, bots) {
  const demo = await startDemo(t, { bots, seconds: 120 })
  const { phone, desk } = await openBrowser(t, { args: autoplay })
  const at = `${demo.url}/room/${demo.info.meeting_id}`
  /** What the tour brings about is no fault of the page; what breaks is printed at once. */
  const forgiving = (open) => async () => {
    const page = await open({ lenient: true })
    page.context().on('weberror', (e) => console.log(e.error().stack))
    page.on('console', (m) => m.type() === 'error' && !m.text().startsWith('Failed to load') && console.log(m.text().slice(0, 1500)))
    return page
  }
  return {
    demo, at, ...roomOf(demo, demo.info.meeting_id),
    phone: forgiving(phone), desk: forgiving(desk),
    async door(page) {
      await page.goto(at)
      await page.getByRole('button', { name: /进入会议|Enter the meeting/ }).waitFor()
      return page
    },
    async enter(page) {
      await click(/进入会议|Enter the meeting/)(page)
      await fullPictures(page)
      return page
    },
  }
}

test('the door', { timeout: 30 * 60_000 }, async (t) => {
  if (!wanted('door', 'link', 'lobby', 'practice', 'host-knocking')) return
  const { demo, phone, desk, door, enter, command } = await stage(t, 0)
  const member = await door(await signedIn(phone, demo, 'member'))
  await pictures(member, 'door', { tall: 'page' })
  await pictures(member, 'door-more', {
    tall: 'page',
    async before(page) {
      if ((await page.locator('meter').count()) === 0) await click(/试一下设备|Try your devices/)(page)
      await unfold(page)
      await page.locator('meter').waitFor()
    },
  })
  await pictures(member, 'door-statement', { before: click(/写书面发言|Write a statement/), after: shut, tall: true })
  const old = await signedIn(phone, demo, 'member')
  await old.addInitScript(() => {
    delete window.RTCPeerConnection
    delete window.webkitRTCPeerConnection
  })
  await door(old)
  await pictures(old, 'door-old-browser', { tall: 'page' })
  const guest = await phone()
  await guest.goto(demo.info.link)
  await pictures(guest, 'link', { tall: 'page' })

  const host = await enter(await door(await signedIn(desk, demo, 'secretary')))
  await command(host, { kind: 'lobby', on: true })
  await click(/进入会议|Enter the meeting/)(await door(member))
  await settle(member, /请稍等|One moment/)
  await pictures(member, 'lobby')
  await pictures(host, 'host-knocking', hostSheet)
  await command(host, { kind: 'lobby', on: false })
  await command(host, { kind: 'lock' })
  const late = await door(await signedIn(phone, demo, 'recorder'))
  await pictures(late, 'door-locked', { tall: 'page', before: click(/进入会议|Enter the meeting/) })
  await command(host, { kind: 'unlock' })

  const { id } = await (await member.context().request.get(`${demo.url}/api/v1/practice`)).json()
  await member.goto(`${demo.url}/room/${id}`)
  await member.getByRole('button', { name: /进入会议|Enter the meeting/ }).waitFor()
  await pictures(member, 'door-practice', { tall: 'page' })
  await enter(member)
  await pictures(member, 'practice')
  await click(/试一下说话|Try speaking/)(member)
  await settle(member, /大家能听到您|everyone hears you/)
  await pictures(member, 'practice-speaks')
})

test('a meeting', { timeout: 60 * 60_000 }, async (t) => {
  const { demo, api, phone, desk, door, enter, view, command } = await stage(t, 10)
  const member = await enter(await door(await signedIn(phone, demo, 'member')))
  const host = await enter(await door(await signedIn(desk, demo, 'secretary')))
  const ask = host.context().request
  const { plan, me: { person: me } } = await view(member)
  const { me: { person: chair } } = await view(host)
  const others = plan.invited.map((p) => p.id).filter((id) => id !== me && id !== chair)
  const attempt = (...c) => command(host, ...c).catch((error) => console.log(error.message))
  /** Simulated members queue too: nobody waits for a moment. */
  const silence = async () => {
    for (const person of (await view(host)).state.hands ?? []) await command(host, { kind: 'withdraw', person }).catch(() => {})
  }

  await pictures(member, 'early')
  await pictures(host, 'host-early')
  await pictures(host, 'host-sheet-early', hostSheet)
  await ask.post(`${api}/open`)
  await pictures(member, 'between')
  await pictures(host, 'host-between')

  await attempt({ kind: 'open', stage: plan.stages[0].key })
  await attempt({ kind: 'take' })
  await pictures(member, 'chair-speaks')
  await pictures(host, 'host-speaks')
  await click(/我要发言|I want to speak/)(member)
  await settle(member, /麦克风已备好|Your microphone is ready/)
  await pictures(member, 'queued')
  await attempt({ kind: 'give', person: me })
  await settle(member, /大家能听到您|everyone hears you/)
  await pictures(member, 'my-turn')
  await pictures(member, 'my-turn-muted', { before: press('m'), after: press('m') })
  await pictures(member, 'my-turn-more', { before: click(/^(更多|More)/), after: shut })
  await pictures(host, 'member-speaks')
  await pictures(host, 'host-sheet', hostSheet)
  await pictures(host, 'host-sheet-unfolded', {
    ...hostSheet,
    async before(page) {
      await press('h')(page)
      await page.locator('dialog details').nth(1).waitFor()
      await unfold(page)
      await page.locator('dialog details button[aria-expanded]').first().click()
    },
  })
  await pictures(host, 'host-person', {
    async before(page) {
      if (page.viewportSize().width < 900) await press('l')(page)
      await page.getByRole('button', { name: /视频|video/ }).last().click()
    },
    async after(page) {
      await shut(page)
      await shut(page)
    },
  })
  await pictures(host, 'host-end', {
    async before(page) {
      await press('h')(page)
      await page.getByRole('button', { name: /^(结束会议|End the meeting)$/ }).click()
    },
    after: shut,
  })
  await attempt({ kind: 'take' })
  await pictures(member, 'interrupted')
  await pictures(host, 'host-interrupted', hostSheet)
  await attempt({ kind: 'return' })
  await attempt({ kind: 'end' })
  await pictures(host, 'host-nobody')
  await pictures(member, 'nobody')

  for (const [page, text] of [[member, '大家好，声音听得清楚吗？'], [member, '我这边下雪了，网络有一点慢，如果卡住了请大家稍等，我会重新进来。'], [host, '清楚。请还没有发言的同志做好准备。']])
    await page.context().request.post(`${api}/chat`, { data: { id: `tour-${text.length}-chat`, text } })
  await pictures(member, 'chat', { before: press('c'), after: shut })
  await pictures(host, 'host-chat', { before: press('c'), after: shut })
  await pictures(member, 'people', { before: press('l'), after: shut })
  await pictures(member, 'more', { before: click(/^(更多|More)/), after: shut, tall: true })
  await pictures(member, 'network', { before: press('n'), after: shut, tall: true })
  await pictures(member, 'keys', { before: press('?'), after: shut, tall: true })
  await pictures(member, 'statement', { before: press('w'), after: shut, tall: true })
  await pictures(member, 'papers', { before: press('f'), after: shut })

  const [paper] = (await (await ask.get(`${demo.url}/api/v1/meetings/${demo.info.meeting_id}/papers`)).json()).items ?? []
  if (paper) {
    const show = (paper) => ask.put(`${api}/paper`, { data: { paper, page: 1 } })
    await show(paper.id)
    await pictures(member, 'paper-shown')
    await pictures(host, 'host-paper-shown')
    await pictures(member, 'paper-own', { before: click(/^(下一页|Page on)$/), after: click(/^(回到正在讲的这一页|Back to the page being shown)$/) })
    await pictures(member, 'paper-rung', { before: rung(3), after: rung(1) })
    await show('')
  }
  for (const [name, n] of [['rung-speaker', 2], ['rung-papers', 3], ['rung-audio', 4]]) await pictures(member, name, { before: rung(n), after: rung(1) })
  await attempt({ kind: 'give', person: me })
  await pictures(member, 'rung-audio-my-turn', { before: rung(4), after: rung(1) })
  await attempt({ kind: 'end' })

  if (wanted('vote')) {
    const put = await ask.post(`${api}/motions`, { data: { title: '同意支部组织生活会整改方案，三项措施于二月底前完成', ballot: plan.ballots.find((b) => !b.secret).key, open: true }, headers: { 'Idempotency-Key': 'tour-vote' } })
    if (!put.ok()) console.log(await put.text())
    const { id } = await put.json()
    await pictures(member, 'vote')
    await pictures(host, 'host-vote')
    await pictures(host, 'host-vote-sheet', hostSheet)
    await member.getByRole('button', { name: /^(赞成|For)$/ }).click().catch((e) => console.log(e.message))
    await pictures(member, 'vote-given')
    await ask.post(`${api}/motions/${id}/close`)
    await pictures(member, 'vote-result')
    for (const page of [member, host]) await page.getByRole('button', { name: /^(知道了|All right)$/ }).click({ timeout: 2_000 }).catch(() => {})
  }

  const everyone = plan.stages.find((s) => s.mode === 'everyone_speaks').key
  await silence()
  await attempt({ kind: 'order', stage: everyone, people: [chair, me] })
  await attempt({ kind: 'open', stage: everyone })
  if (wanted('next-by-order')) {
    await pictures(member, 'next-by-order', { before: silence })
    await silence()
    await click(/备好麦克风|Get my microphone ready/)(member).catch((e) => console.log(e.message.split('\n')[0]))
    await settle(member, /麦克风已备好|Your microphone is ready/)
    await pictures(member, 'next-by-order-ready')
  }
  await pictures(host, 'host-override', {
    ...hostSheet,
    async before(page) {
      await press('h')(page)
      await page.getByRole('button', { name: /^(结束“|Close “|End “|Finish “)/ }).click()
      await page.getByLabel(/^(原因|Reason)/).waitFor()
    },
  })
  if (wanted('written')) {
    const handed = await ask.post(`${api}/statements`, { data: { text: '我在外地隔离，网络不稳，先把想说的写下来。一是学习还不够系统，二是今后每周下社区一次，把群众的难处记在本子上，一件一件办。', person: others.at(-1) }, headers: { 'Idempotency-Key': 'tour-statement' } })
    if (!handed.ok()) console.log(await handed.text())
    await attempt({ kind: 'play', person: others.at(-1), statement: (await handed.json()).id, reader: chair })
    await pictures(member, 'written-read')
    await pictures(host, 'host-written-read')
    await attempt({ kind: 'end' })
  }
  if (wanted('offline')) {
    for (const lang of ['zh', 'en'].filter((lang) => looks.some((look) => look.includes(lang)))) {
      await speak(member, lang === 'en' ? 'en' : 'zh-CN')
      await member.context().setOffline(true)
      await settle(member, /正在重新连接|reconnecting/)
      for (const look of looks.filter((look) => look.includes(lang))) {
        const [device, , size = 'standard'] = look.split('-')
        await member.setViewportSize(screens[device])
        await member.evaluate((size) => (document.documentElement.dataset.size = size), size)
        await member.screenshot({ path: join(folder, `offline-${look}.png`), animations: 'disabled' })
      }
      await member.context().setOffline(false)
      await member.getByText(/正在重新连接|reconnecting/).first().waitFor({ state: 'detached', timeout: 20_000 }).catch(() => {})
    }
  }
  if (wanted('elsewhere')) {
    const newer = await door(await signedIn(phone, demo, 'member'))
    await pictures(newer, 'elsewhere-door')
    await enter(newer)
    await settle(member, /另一台设备|another device/)
    await pictures(member, 'elsewhere')
    await click(/在这台设备上开会|Go on here/)(member)
    await seated(member).waitFor()
  }
  if (wanted('shared')) {
    const venue = await phone()
    await venue.goto(demo.url)
    await byLink(venue, demo, host, others.at(-1))
    await door(venue)
    const beside = plan.invited.filter((p) => others.slice(-4, -1).includes(p.id)).slice(0, 2)
    // Loading the page anew in another language forgets whom one picked.
    const pick = async () => {
      await unfold(venue)
      for (const { name } of beside) {
        await venue.getByLabel(/按姓名查找|Find by name/).fill(name)
        if (!(await venue.getByLabel(name, { exact: true }).isChecked())) await venue.getByText(name, { exact: true }).click()
      }
    }
    await pictures(venue, 'shared-door', { tall: 'page', before: pick })
    await pick()
    await enter(venue)
    await pictures(venue, 'shared')
    await pictures(venue, 'shared-whose', { before: click(/我们要发言|We want to speak/), after: shut })
  }
  if (wanted('chair-gone')) {
    await host.goto('about:blank')
    await member.getByText(/已掉线|lost the connection/).first().waitFor({ timeout: 60_000 }).catch(() => console.log('the chair is not missed'))
    await pictures(member, 'chair-gone')
    await door(host).catch(() => {})
    await host.goto(`${demo.url}/room/${demo.info.meeting_id}`)
    await seated(host).waitFor().catch(() => enter(host))
  }
  if (wanted('removed')) {
    await attempt({ kind: 'remove', person: me, reason: '演示移出' })
    await settle(member, /您已离开|no longer in this meeting/)
    await pictures(member, 'removed')
  }
  await attempt({ kind: 'finish', reason: '演示结束' })
  await settle(host, /会议结束了|The meeting is over/)
  await pictures(host, 'ended')
})

test('a large meeting', { timeout: 30 * 60_000 }, async (t) => {
  if (!wanted('wall')) return
  const { demo, phone, desk, door, enter, view, command, api } = await stage(t, 0)
  const host = await enter(await door(await signedIn(desk, demo, 'secretary')))
  const member = await door(await signedIn(phone, demo, 'member'))
  const me = (await view(member)).me.person
  const { round } = await crowd({ demo, host, apart: [me] })
  await round()
  const rounds = setInterval(() => void round().catch(() => {}), 5_000)
  cleanup(t, () => clearInterval(rounds))
  await enter(member)
  await pictures(member, 'wall-early')
  await host.context().request.post(`${api}/open`)
  await command(host, { kind: 'open', stage: (await view(host)).plan.stages[2].key })
  await command(host, { kind: 'take' })
  await pictures(member, 'wall')
  await pictures(host, 'wall-host')
  await pictures(host, 'wall-people', { before: press('l'), after: shut, tall: true })
  await pictures(host, 'wall-host-sheet', hostSheet)
})
