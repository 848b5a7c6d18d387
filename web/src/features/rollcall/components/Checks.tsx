import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { Button, Select } from 'antd'
import type { TFunction } from 'i18next'
import { useTerms, type Text } from '~/shared/profile/profile'
import { Section } from '~/shared/ui/Page'
import { useWords } from '~/shared/words/words'
import { both, checksOf, comparable, fieldsOf, newCheck } from '../build'
import type { Check, Form } from '../queries'
import styles from './builder.module.css'
import { Faults } from './FieldEditor'
import { Say, useMain } from './Say'

/** What is said when a check does not hold and its author wrote nothing: the check as a sentence. */
export function sentence(t: TFunction, form: Form, c: Check, main: keyof Text): Text {
  const name = (key: string) => both(fieldsOf(form).find((f) => f.key === key)?.label)[main]
  const right = (c.right ?? []).map(name).filter(Boolean)
  const words = name(c.left) && right.length > 0 ? t(`rollcall.check.says.${c.kind}`, { left: name(c.left), right: right.join(t('rollcall.check.and')) }) : ''
  return { zh: '', en: '', [main]: words }
}

interface ChecksProps {
  form: Form
  set: (change: (form: Form) => Form) => void
  faults: Record<string, string[]>
}

/** What must agree across questions, each put together like a sentence. Nothing while there is nothing to compare. */
export function Checks({ form, set, faults }: ChecksProps) {
  const { t } = useWords()
  const { say } = useTerms()
  const main = useMain()
  const checks = checksOf(form)
  const numbers = comparable(form, 'at_most').length > 1
  const dates = comparable(form, 'not_before').length > 1
  if (checks.length === 0 && !numbers && !dates) return null
  const put = (key: string, part: Partial<Check>) => set((now) => ({ ...now, checks: checksOf(now).map((c) => (c.key === key ? { ...c, ...part } : c)) }))
  const add = (kind: Check['kind']) => set((now) => ({ ...now, checks: [...checksOf(now), newCheck(now, kind)] }))
  const names = (kind: Check['kind'], but?: string) =>
    comparable(form, kind)
      .filter((f) => f.key !== but)
      .map((f) => ({ value: f.key, label: say(both(f.label)) || t('rollcall.build.unnamed') }))
  return (
    <Section title={t('rollcall.check.title')}>
      <p className={styles.quiet}>{t('rollcall.check.help')}</p>
      <ul>
        {checks.map((c, i) => (
          <li key={c.key} className={styles.column}>
            <div className={styles.sentence} role="group" aria-label={t('rollcall.check.one', { n: i + 1 })}>
              <Select aria-label={t('rollcall.check.left')} value={c.left || undefined} onChange={(left) => put(c.key, { left })} options={names(c.kind)} placeholder={t('rollcall.check.left')} />
              {c.kind === 'not_before' ? (
                <span>{t('rollcall.check.not_before')}</span>
              ) : (
                <Select aria-label={t('rollcall.check.kind')} value={c.kind} onChange={(kind) => put(c.key, { kind })} options={(['at_most', 'sum_equals'] as const).map((k) => ({ value: k, label: t(`rollcall.check.${k}`) }))} />
              )}
              {c.kind === 'not_before' ? (
                <Select aria-label={t('rollcall.check.right')} value={c.right?.[0]} onChange={(right: string) => put(c.key, { right: [right] })} options={names(c.kind, c.left)} placeholder={t('rollcall.check.right')} />
              ) : (
                <Select mode="multiple" optionFilterProp="label" aria-label={t('rollcall.check.rightSum')} value={c.right ?? []} onChange={(right: string[]) => put(c.key, { right })} options={names(c.kind, c.left)} placeholder={t('rollcall.check.rightSum')} />
              )}
              <Button icon={<DeleteOutlined aria-hidden />} onClick={() => set((now) => ({ ...now, checks: checksOf(now).filter((x) => x.key !== c.key) }))}>
                {t('common.remove')}
              </Button>
            </div>
            <Faults lines={[...new Set(Object.entries(faults).flatMap(([at, lines]) => (at.startsWith(`checks[${i}].`) && !at.endsWith('.message') ? lines : [])))]} />
            <Say label={t('rollcall.check.message')} value={c.message} change={(message) => put(c.key, { message })} limit={200} placeholder={sentence(t, form, c, main)} faults={faults[`checks[${i}].message`]} />
          </li>
        ))}
      </ul>
      <div className={styles.tools}>
        {numbers && (
          <Button icon={<PlusOutlined aria-hidden />} onClick={() => add('at_most')}>
            {t('rollcall.check.addNumbers')}
          </Button>
        )}
        {dates && (
          <Button icon={<PlusOutlined aria-hidden />} onClick={() => add('not_before')}>
            {t('rollcall.check.addDates')}
          </Button>
        )}
      </div>
    </Section>
  )
}
