import { Button, Input } from 'antd'
import { useEffect, useId } from 'react'
import { wordProblem } from '~/shared/api/problem'
import { Note } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import type { DraftView } from '../draft'
import type { Prose } from '../queries'
import { useDraft } from '../saving'
import styles from './ProseField.module.css'

interface ProseFieldProps {
  meeting: string
  text: Prose
  /** What is written here, read out before the text. */
  label: string
  placeholder?: string
  /** Put the cursor here: somebody just asked for it. */
  focus?: boolean
}

/** A text of the record that saves itself and says so. */
export function ProseField({ meeting, text, label, placeholder, focus }: ProseFieldProps) {
  const { t } = useWords()
  const id = useId()
  const { draft, view } = useDraft(meeting, text.key, text)
  useEffect(() => {
    if (focus) document.getElementById(id)?.focus()
  }, [focus, id])
  return (
    <div className={styles.field}>
      <Input.TextArea
        id={id}
        aria-label={label}
        aria-describedby={`${id}-state`}
        autoSize={{ minRows: 2, maxRows: 30 }}
        maxLength={20000}
        placeholder={placeholder ?? t('record.page.placeholder')}
        value={view.value}
        onChange={(e) => draft.type(e.target.value)}
        onBlur={() => void draft.flush()}
      />
      <div id={`${id}-state`} className={styles.state} role="status">
        <State view={view} text={text} />
      </div>
      {view.state === 'failed' && (
        <Note tone="bad" title={t('record.page.failed')}>
          <p>{wordProblem(t, view.error)}</p>
          <Button size="small" onClick={() => void draft.flush()}>
            {t('common.retry')}
          </Button>
        </Note>
      )}
      {view.state === 'conflict' && view.theirs && (
        <Note tone="care" title={t('record.page.conflict.title', { by: view.theirs.by })}>
          <p>{t('record.page.conflict.text')}</p>
          <div className={styles.two}>
            <figure>
              <figcaption>{t('record.page.conflict.mine')}</figcaption>
              <p>{view.value}</p>
            </figure>
            <figure>
              <figcaption>
                {t('record.page.conflict.theirs', { by: view.theirs.by })} · <TimeText at={view.theirs.at} />
              </figcaption>
              <p>{view.theirs.text || t('record.page.conflict.emptied')}</p>
            </figure>
          </div>
          <div className={styles.buttons}>
            <Button type="primary" onClick={() => draft.resolve(view.theirs ? `${view.theirs.text}\n${view.value}`.trim() : view.value)}>
              {t('record.page.conflict.both')}
            </Button>
            <Button onClick={() => draft.resolve(view.value)}>{t('record.page.conflict.keepMine')}</Button>
            <Button onClick={() => draft.resolve(view.theirs?.text ?? '')}>{t('record.page.conflict.takeTheirs')}</Button>
          </div>
        </Note>
      )}
    </div>
  )
}

function State({ view, text }: { view: DraftView; text: Prose }) {
  const { t } = useWords()
  if (view.restored && view.state !== 'saved') return t('record.page.state.restored')
  if (view.state === 'saved') {
    if (view.value === '' || !text.at || !text.by) return view.value === '' ? '' : t('record.page.state.saved')
    return (
      <>
        {t('record.page.state.savedBy', { by: text.by.name })} <TimeText at={text.at} form="inside" />
      </>
    )
  }
  return t(`record.page.state.${view.state}`)
}
