// @vitest-environment node
import { expect, test } from 'vitest'
import { check } from './house.mjs'

const keys = new Set(['meeting.title', 'meeting.state.open'])
const texts = (path, source) => check(path, source, keys).map((f) => f.text)

test.each([
  ['features/org/a.tsx', "import { x } from '../meeting/queries'", 1],
  ['features/org/a.tsx', "import { x } from '~/features/meeting/queries'", 1],
  ['features/org/a.tsx', "const x = import('~/features/meeting/queries')", 1],
  ['features/org/pages/a.tsx', "import { x } from '../queries'", 0],
  ['features/org/a.tsx', "import { x } from '~/app/theme'", 1],
  ['features/org/a.tsx', "import { x } from '~/shared/ui/Page'", 0],
  ['shared/ui/a.tsx', "import { x } from '~/features/org/queries'", 1],
  ['app/router.tsx', "import { org } from '~/features/org'", 0],
])('direction: %s %s', (path, source, n) => expect(texts(path, source)).toHaveLength(n))

test.each([
  ['const a = <p>Hello there</p>', 1],
  ['const a = <p>你好</p>', 1],
  ['const a = <p>{"你好"}</p>', 1],
  ['const a = <p>{"Hello"}</p>', 1],
  ['const a = <input placeholder="Name" />', 1],
  ['const a = <input className="wide" />', 0],
  ['const a = `共 ${n} 人`', 1],
  ["const a = '保存'", 1],
  ['const a = <p>{t("meeting.title")} · {n}%</p> // 注释', 0],
])('words: %s', (source, n) => expect(texts('features/org/a.tsx', source).length > 0).toBe(n > 0))

test.each([
  ["t('meeting.title')", 0],
  ["t('meeting.titel')", 1],
  ['t(`meeting.state.${s}`)', 0],
  ['t(`meeting.stat.${s}`)', 1],
  ["t(a ? 'meeting.title' : 'meeting.none')", 1],
  ["const nav = { label: 'meeting.none' }", 1],
])('keys: %s', (source, n) => expect(texts('features/org/a.tsx', source).length > 0).toBe(n > 0))

test('the room knows only its own words', () => expect(texts('features/room/a.tsx', "t('meeting.title')")).toHaveLength(1))
