import { Checkbox } from 'antd'
import { useState } from 'react'
import type { Text } from '~/shared/profile/profile'
import { useTerms } from '~/shared/profile/profile'
import { usePrefs, type Language } from '~/shared/prefs/prefs'
import { OneLanguage } from '~/shared/prefs/Switches'
import { Choice } from '~/shared/ui/Choice'
import { Empty, Note } from '~/shared/ui/States'
import { Speaking } from '~/shared/words/Speaking'
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
type As = 'self' | 'helper' | 'unit' | 'reader'

/** A roll call as those who answer it see it, and as those who read the answers do: at a telephone's width, to be tried. */
export function Preview(props: PreviewProps) {
  const { t } = useWords()
  const [as, setAs] = useState<As>('self')
  const [large, setLarge] = useState(false)
  const { language } = usePrefs()
  const [other, setOther] = useState<Language>()
  const who: readonly As[] = props.byUnits ? ['unit', 'reader'] : ['self', 'helper', 'reader']
  const shown = who.includes(as) ? as : who[0]!
  return (
    <>
      <div className={styles.controls}>
        <Choice label={t('rollcall.preview.as')} value={shown} options={who.map((w) => ({ value: w, label: t(`rollcall.preview.${w}`) }))} choose={setAs} />
        <OneLanguage label={t('rollcall.preview.language')} value={other ?? language} choose={setOther} />
        <Checkbox checked={large} onChange={(e) => setLarge(e.target.checked)}>
          {t('rollcall.preview.large')}
        </Checkbox>
      </div>
      <Speaking language={other ?? language}>
        <div className={styles.frame} data-large={large || undefined}>
          <Shown {...props} as={shown} />
        </div>
      </Speaking>
      <p className={styles.quiet}>{t('rollcall.open.previewHelp')}</p>
    </>
  )
}

function Shown({ title, about, form, voluntary, anonymous, minutes, asker, as }: PreviewProps & { as: As }) {
  const { t } = useWords()
  const { say } = useTerms()
  const [filled, setFilled] = useState<Filled>({})
  const [kind, setKind] = useState<Sending['kind']>('value')
  return (
    <>
      <h3>{say(title) || t('rollcall.preview.untitled')}</h3>
      {as === 'reader' ? (
        <>
          <p className={styles.quiet}>{t('rollcall.preview.readerHelp')}</p>
          <Answered form={form} values={toSend(form, filled)} />
          {fieldsOf(form).some((f) => f.sensitive) && <Note tone="plain">{t('rollcall.preview.sensitive')}</Note>}
        </>
      ) : (
        <>
          <p className={styles.quiet}>
            {t('rollcall.asks', { unit: asker })}
            {as === 'helper' && ` ${t('rollcall.for', { name: t('rollcall.preview.somebody') })}`}
            {as === 'unit' && ` ${t('rollcall.for', { name: t('rollcall.preview.someUnit') })}`}
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
    </>
  )
}
