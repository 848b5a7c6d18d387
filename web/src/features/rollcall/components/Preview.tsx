import { Checkbox } from 'antd'
import { useState } from 'react'
import type { Text } from '~/shared/profile/profile'
import { useTerms } from '~/shared/profile/profile'
import { Choice } from '~/shared/ui/Choice'
import { Empty, Note } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { fieldsOf } from '../build'
import type { Form, Sending } from '../queries'
import { toSend, type Filled } from '../state'
import styles from './builder.module.css'
import { Answered, Questions } from './Questions'

interface PreviewProps {
  title: Text
  about: Text
  form: Form
  byUnits?: boolean
  voluntary?: boolean
  anonymous?: boolean
  minutes: number
  asker: string
}

const kinds = ['value', 'nil', 'na'] as const

/** A roll call as those who answer it see it, and as those who read the answers do: at a telephone's width, to be tried. */
export function Preview({ title, about, form, byUnits, voluntary, anonymous, minutes, asker }: PreviewProps) {
  const { t } = useWords()
  const { say } = useTerms()
  const [as, setAs] = useState<'self' | 'helper' | 'unit' | 'reader'>('self')
  const [large, setLarge] = useState(false)
  const [filled, setFilled] = useState<Filled>({})
  const [kind, setKind] = useState<Sending['kind']>('value')
  const who = byUnits ? (['unit', 'reader'] as const) : (['self', 'helper', 'reader'] as const)
  const shown = (who as readonly string[]).includes(as) ? as : who[0]
  const hidden = fieldsOf(form).some((f) => f.sensitive)
  return (
    <>
      <div className={styles.controls}>
        <Choice label={t('rollcall.preview.as')} value={shown} options={who.map((w) => ({ value: w, label: t(`rollcall.preview.${w}`) }))} choose={setAs} />
        <Checkbox checked={large} onChange={(e) => setLarge(e.target.checked)}>
          {t('rollcall.preview.large')}
        </Checkbox>
      </div>
      <div className={styles.frame} data-large={large || undefined}>
        <h3>{say(title) || t('rollcall.preview.untitled')}</h3>
        {shown === 'reader' ? (
          <>
            <p className={styles.quiet}>{t('rollcall.preview.readerHelp')}</p>
            <Answered form={form} values={toSend(form, filled)} />
            {hidden && <Note tone="plain">{t('rollcall.preview.sensitive')}</Note>}
          </>
        ) : (
          <>
            <p className={styles.quiet}>
              {t('rollcall.asks', { unit: asker })}
              {shown === 'helper' && ` ${t('rollcall.for', { name: t('rollcall.preview.somebody') })}`}
              {shown === 'unit' && ` ${t('rollcall.for', { name: t('rollcall.preview.someUnit') })}`}
              {` · ${t('rollcall.minutes', { count: minutes })}`}
              {voluntary && ` · ${t('rollcall.voluntary')}`}
            </p>
            {say(about) && <p>{say(about)}</p>}
            {anonymous && (
              <Note title={t('rollcall.anonymous.title')}>
                <p>{t('rollcall.anonymous.answerer')}</p>
                <p>{t('rollcall.anonymous.once')}</p>
              </Note>
            )}
            {!anonymous && <Choice wide label={t('rollcall.kind.title')} value={kind} options={kinds.map((k) => ({ value: k, label: t(`rollcall.kind.${k}`) }))} choose={setKind} />}
            {(anonymous || kind === 'value') &&
              (fieldsOf(form).length === 0 ? <Empty>{t('rollcall.preview.none')}</Empty> : <Questions form={form} filled={filled} set={(k, v) => setFilled({ ...filled, [k]: v })} />)}
            {!anonymous && kind === 'nil' && <Note title={t('rollcall.kind.nilTitle')} />}
            {!anonymous && kind === 'na' && <p className={styles.quiet}>{t('rollcall.kind.reason')}</p>}
          </>
        )}
      </div>
      <p className={styles.quiet}>{t('rollcall.open.previewHelp')}</p>
    </>
  )
}
