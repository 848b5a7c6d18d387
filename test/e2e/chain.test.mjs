// One meeting from the first thought of it to its proof in the archive: tap, heard, counted,
// reported. Real sound and pictures, the media server killed in its midst, somebody who tries to
// speak without the floor.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { accessible } from './lib/axe.mjs'
import { openBrowser } from './lib/browser.mjs'
import { binary, startDemo } from './lib/demo.mjs'
import { stepsOf } from './lib/steps.mjs'
import { enter, framesGrow, inside, intrude, loudest, mediaChild, roomOf, signedIn } from './lib/room.mjs'

const theme = '分散在各地，怎样把工作接得上'
const elder = '谢文博' // comes by a link, with a phone
const venue = '范岚' // sits with nine others before one screen
const beside = ['龚慧敏', '蔡淑珍', '陶景行', '钱知行', '戴志远', '潘雨桐', '邱丽华', '陈宁', '任一帆']

// The value of a datetime-local field, some minutes from now on the browser's clock (Asia/Shanghai).
const local = (minutes) => new Date(Date.now() + (8 * 60 + minutes) * 60_000).toISOString().slice(0, 16)

test('a meeting, arranged, held, signed, reported and proved', async (t) => {
  const demo = await startDemo(t)
  const { phone, desk } = await openBrowser(t, { args: ['--autoplay-policy=no-user-gesture-required'] })
  const secretary = await signedIn(desk, demo, 'secretary')
  const recorder = await signedIn(phone, demo, 'recorder')
  const member = await signedIn(phone, demo, 'member')
  const api = (page, path) => page.context().request.get(`${demo.url}/api/v1${path}`)
  const step = stepsOf(t)
  let id, room, first, second

  await step('arranged from what the rules ask for; the theme is missed at its field', async () => {
    const me = await (await api(secretary, '/me')).json()
    const branch = me.units.find((u) => u.kind === 'branch')
    await secretary.goto(`${demo.url}/units/${branch.id}`)
    await secretary.getByRole('heading', { name: '按规定要开的会' }).waitFor()
    await accessible(secretary)
    await secretary.getByRole('link', { name: '安排会议' }).first().click()
    await secretary.getByRole('button', { name: /^党员大会/ }).click()
    await secretary.getByRole('button', { name: '保存安排' }).click()
    await secretary.locator('.ant-form-item-explain-error').first().waitFor()
    secretary.expectProblem(/422/)
    await secretary.getByLabel('会议主题').fill(theme)
    await secretary.getByLabel('开始时间').fill(local(10))
    await secretary.getByLabel('结束时间').fill(local(100))
    await accessible(secretary)
    await secretary.shot('chain new desk')
    await secretary.getByRole('button', { name: '保存安排' }).click()
    await secretary.getByRole('heading', { level: 1, name: theme }).waitFor()
    id = /meetings\/(\d+)/.exec(secretary.url())[1]
    room = roomOf(demo, id)
    assert.equal((await api(member, `/meetings/${id}`)).status(), 404, 'a draft is nobody else’s')
  })

  await step('told, shown to the level above, answered; leave is asked for and granted', async () => {
    await secretary.getByRole('button', { name: '通知全体人员' }).click()
    await secretary.getByText('已通知名单上的全体人员').waitFor()
    await secretary.getByRole('button', { name: '上报会议方案' }).click()
    await secretary.getByRole('dialog').getByRole('button', { name: '上报', exact: true }).click()
    await secretary.getByText('等上级审阅').waitFor()
    await accessible(secretary)
    await secretary.shot('chain told desk')

    await recorder.goto(demo.url)
    await recorder.getByRole('link', { name: theme, exact: true }).click()
    await recorder.getByRole('button', { name: '我参加' }).click()
    await recorder.getByText('已回复，会前会提醒您').waitFor()
    await recorder.getByRole('link', { name: '进入会议' }).waitFor()
    await member.goto(`${demo.url}/meetings/${id}`)
    await member.getByRole('button', { name: '我要请假' }).click()
    await member.getByRole('radio', { name: '因病' }).check()
    await member.getByRole('button', { name: '提交请假' }).click()
    await member.getByText('已请假，待批准').first().waitFor()
    await accessible(member)
    await member.shot('chain leave phone')
    await secretary.getByRole('button', { name: '准假', exact: true }).click()
    await secretary.getByText('已准假，并告诉了本人').waitFor()
    await member.getByText('已准假', { exact: true }).first().waitFor() // without a reload
  })

  await step('who has a link comes in with it, once, on one phone', async () => {
    await secretary.goto(`${demo.url}/meetings/${id}/links`)
    await secretary.getByRole('checkbox', { name: /顾国栋/ }).check()
    await secretary.getByRole('button', { name: /生成 1 个链接/ }).click()
    await secretary.getByText('链接只显示这一次').waitFor()
    await accessible(secretary)
    await secretary.shot('chain links desk')
    // What the sheet shows is what the server gave: ask it for other people's, as the page does.
    const people = (await (await api(secretary, `/meetings/${id}/people`)).json()).items
    const ids = [elder, venue].map((name) => people.find((p) => p.name === name).person_id)
    const made = await secretary.context().request.post(`${demo.url}/api/v1/meetings/${id}/links`, { data: { person_ids: ids } })
    const links = (await made.json()).items.map(({ token }) => `${demo.url}/j#${token}`)
    first = await phone()
    await first.goto(links[0])
    await first.getByRole('heading', { name: theme }).waitFor()
    await first.getByText(elder).waitFor()
    await first.getByText('党员大会', { exact: true }).waitFor() // in the reader's language
    await accessible(first)
    await first.shot('chain join phone')
    await first.getByRole('button', { name: '进入会议' }).click()
    await first.waitForURL(/\/room\//)
    const other = await phone()
    await other.goto(links[0])
    other.expectProblem(/409/)
    await other.getByRole('button', { name: '进入会议' }).click()
    await other.getByRole('alert').filter({ hasText: /设备/ }).waitFor()
    second = await desk()
    await second.goto(links[1])
    await second.getByRole('button', { name: '进入会议' }).click()
    await second.waitForURL(/\/room\//)
  })

  await step('the host opens it; a vote is refused with the arithmetic', async () => {
    await secretary.goto(`${demo.url}/room/${id}`)
    await enter(secretary)
    await secretary.getByRole('button', { name: '宣布开会' }).first().click()
    await recorder.goto(`${demo.url}/room/${id}`)
    await accessible(recorder)
    await enter(recorder)
    await enter(first)
    secretary.expectProblem(/409/)
    await secretary.getByRole('button', { name: '主持', exact: true }).click()
    await secretary.locator('summary', { hasText: '表决' }).click()
    await secretary.getByLabel('表决什么').fill('成立接力小组')
    await secretary.getByRole('button', { name: '现在表决' }).click()
    await secretary.getByText(/还差 8 人/).waitFor()
    await accessible(secretary)
    await secretary.shot('chain no quorum desk')
    // Ten people at one screen count as ten.
    await second.getByText('这块屏幕前还有别人').click()
    await second.getByLabel('按姓名查找').waitFor()
    for (const name of beside) {
      await second.getByLabel('按姓名查找').fill(name)
      await second.getByText(name, { exact: true }).last().click()
    }
    await second.shot('chain venue desk')
    await enter(second)
    const { state } = await room.view(secretary)
    assert.equal(state.counts.here, 13)
    assert.equal(state.quorum.met, true)
  })

  await step('a hand, the floor, heard and seen; then the next', async () => {
    await room.command(secretary, { kind: 'open', stage: 'discussion' })
    await first.getByRole('button', { name: '我要发言' }).click()
    await first.getByText('轮到您了', { exact: true }).waitFor()
    await first.getByText('已开麦，大家能听到您').waitFor()
    await accessible(first)
    await first.shot('chain my turn phone')
    await secretary.getByRole('region', { name: '正在发言' }).getByText(elder).waitFor()
    const heard = await loudest(secretary)
    assert.ok(heard >= 0.01, `sound at a listener: ${heard}`)
    await framesGrow(recorder, 'section video')
    await recorder.getByRole('button', { name: '我要发言' }).click()
    await recorder.getByText('下一位就是您').waitFor()
    await first.getByRole('button', { name: '讲完了' }).click()
    await recorder.getByText('已开麦，大家能听到您').waitFor()
    await first.getByText('轮到您了', { exact: true }).waitFor({ state: 'detached' })
    assert.ok((await loudest(first)) >= 0.01, 'the next is heard too')
    await framesGrow(secretary, 'section video')
    await recorder.getByRole('button', { name: '讲完了' }).click()
    await recorder.getByText('轮到您了', { exact: true }).waitFor({ state: 'detached' })
  })

  await step('who has no floor is refused, and unheard, whatever their client believes', async () => {
    const before = await room.view(first)
    first.expectProblem(/WebSocket|sfu|ERR_/)
    const [came, noise] = await Promise.all([intrude(first, id, before.me.seat), loudest(secretary, { enough: 1, seconds: 8 })])
    assert.ok(noise < 0.001, `an intruder was heard: ${noise} (${came})`)
    assert.notEqual(came, 'published')
    await first.evaluate(() => window.intruder.disconnect())
    await first.reload()
    await inside(first) // the place is kept: no door again
  })

  await step('the vote', async () => {
    await secretary.getByRole('button', { name: '现在表决' }).click()
    await first.getByRole('button', { name: '赞成' }).click()
    await secretary.getByRole('heading', { name: '成立接力小组' }).waitFor()
    await first.shot('chain vote phone')
    const { state } = await room.view(second)
    const people = (await (await api(secretary, `/meetings/${id}/people`)).json()).items
    for (const name of [venue, ...beside]) {
      const person = people.find((p) => p.name === name).person_id
      const answer = await second.context().request.put(`${room.api}/motions/${state.motion.id}/vote`, { data: { choice: 'for', person } })
      assert.ok(answer.ok(), await answer.text())
    }
    await recorder.getByRole('button', { name: '反对' }).click()
    await secretary.keyboard.press('Escape') // the host's sheet, away from the vote
    await secretary.getByRole('button', { name: '赞成' }).click()
    await secretary.getByText('已投 13 票').waitFor()
    await secretary.getByRole('button', { name: '结束表决并计票' }).first().click()
    await first.getByText('赞成 12 票，反对 1 票，弃权 0 票').waitFor()
    await accessible(first)
  })

  await step('the media server dies and everybody is back', async () => {
    for (const page of [secretary, recorder, second]) page.expectProblem(/WebSocket|sfu|ERR_/)
    process.kill(mediaChild(demo.pid), 'SIGKILL')
    await framesGrow(first, 'ul video')
    await secretary.locator('ul video').last().scrollIntoViewIfNeeded() // who is out of sight is not sent
    await framesGrow(secretary, 'ul video')
    assert.equal((await room.view(first)).me.where, 'inside')
  })

  await step('it ends', async () => {
    await secretary.getByRole('button', { name: '主持', exact: true }).click()
    await secretary.getByRole('button', { name: '结束会议' }).click()
    await secretary.getByText(/结束会议？还有/).waitFor()
    await secretary.getByRole('button', { name: '结束会议' }).click()
    await first.getByText('会议结束了，谢谢您').waitFor()
  })

  await step('the recorder writes, the host signs, the documents are there', async () => {
    await recorder.goto(`${demo.url}/meetings/${id}/record`)
    await recorder.getByRole('heading', { name: '发言记录' }).waitFor()
    await recorder.getByRole('button', { name: '补充几句：会议决定' }).click()
    await recorder.getByRole('textbox', { name: '补充几句：会议决定' }).fill('成立接力小组，由谢文博牵头。')
    await recorder.getByText('全部已保存').waitFor()
    await accessible(recorder)
    await recorder.shot('chain record phone')
    await secretary.goto(`${demo.url}/meetings/${id}/record`)
    await secretary.getByText('成立接力小组，由谢文博牵头。').first().waitFor()
    await secretary.getByRole('button', { name: '签发', exact: true }).click()
    await secretary.getByRole('dialog').getByRole('button', { name: '签发', exact: true }).click()
    await secretary.getByText('已经签发', { exact: true }).first().waitFor()
    await accessible(secretary)
    await secretary.shot('chain signed desk')
    for (const [kind, magic] of Object.entries({ minutes: 'PK', attendance: 'PK', page: '<!' })) {
      const file = await api(secretary, `/meetings/${id}/record/files/${kind}`)
      assert.equal(file.status(), 200)
      assert.equal((await file.body()).subarray(0, 2).toString(), magic, kind)
    }
    await secretary.goto(`${demo.url}/meetings/${id}/record/print`)
    await secretary.getByText('成立接力小组，由谢文博牵头。').first().waitFor()
    await accessible(secretary)
  })

  await step('reported upward, and accepted', async () => {
    await secretary.goto(`${demo.url}/meetings/${id}/record`)
    await secretary.getByRole('button', { name: '上报情况报告' }).click()
    await secretary.getByRole('dialog').getByRole('button', { name: '上报', exact: true }).click()
    await secretary.getByText('等上级审阅').waitFor()
    const above = await signedIn(phone, demo, 'overseer')
    await above.goto(demo.url)
    await above.getByRole('link', { name: new RegExp(`${theme}.*情况报告`) }).click()
    await above.getByRole('heading', { name: '审阅' }).waitFor()
    await accessible(above)
    await above.shot('chain submission phone')
    await above.getByRole('button', { name: '同意' }).click()
    await above.getByText('上级已同意').waitFor()
    await secretary.getByText('上级已同意').waitFor() // without a reload
  })

  await step('the archive proves itself, and a spoilt byte', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wozai-archive-'))
    try {
      const file = join(folder, 'archive.zip')
      const answer = await api(secretary, `/meetings/${id}/archive`)
      assert.equal(answer.status(), 200)
      writeFileSync(file, await answer.body())
      const verify = () => spawnSync(binary, ['archive', 'verify', file, '--lang', 'zh-CN'], { encoding: 'utf8' })
      const good = verify()
      assert.equal(good.status, 0, good.stdout + good.stderr)
      const bytes = readFileSync(file)
      bytes[Math.floor(bytes.length / 2)] ^= 1
      writeFileSync(file, bytes)
      assert.notEqual(verify().status, 0)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
