import { useQuery } from '@tanstack/react-query'
import { Button, Progress } from 'antd'
import { useRef, useState } from 'react'
import { prefix } from '~/shared/api/client'
import { download, save } from '~/shared/api/download'
import { wordProblem } from '~/shared/api/problem'
import { Dialog } from '~/shared/ui/Dialog'
import { Note, Show } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { filesQuery, type Rollup } from '../queries'
import { sizeOf } from './FileField'
import styles from './parts.module.css'

/** Above this the browser takes it straight to the disk, and shows by itself how far it is. */
const largest = 500 << 20

/** All files of a unit and below as one archive, with how far it has come. */
export function FilesZip({ r, whole }: { r: Rollup; whole: boolean }) {
  const { t } = useWords()
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t('rollcall.zip.open')}</Button>
      {open && (
        <Dialog title={t(whole ? 'rollcall.zip.open' : 'rollcall.zip.of', { unit: r.name })} close={() => setOpen(false)}>
          <Inside r={r} />
        </Dialog>
      )}
    </>
  )
}

function Inside({ r }: { r: Rollup }) {
  const { t } = useWords()
  const sum = useQuery(filesQuery(r.id, r.unit_id))
  const [got, setGot] = useState<number>()
  const [state, setState] = useState<'done' | { error: unknown }>()
  const stop = useRef<AbortController>(undefined)
  const path = `/rollcall-periods/${r.id}/units/${r.unit_id}/files.zip`

  async function take() {
    stop.current = new AbortController()
    setState(undefined)
    setGot(0)
    try {
      save(await download(path, { progress: setGot, signal: stop.current.signal }))
      setState('done')
    } catch (error) {
      if (!stop.current.signal.aborted) setState({ error })
    } finally {
      setGot(undefined)
    }
  }
  return (
    <Show query={sum}>
      {({ files, bytes }) =>
        files === 0 ? (
          <p>{t('rollcall.zip.none')}</p>
        ) : (
          <div className={styles.stack}>
            <p>{t('rollcall.zip.sum', { count: files, size: sizeOf(bytes) })}</p>
            <p className={styles.quiet}>{t('rollcall.zip.how')}</p>
            {got !== undefined && (
              <div role="status">
                <Progress percent={Math.min(99, Math.round((100 * got) / bytes))} aria-label={t('rollcall.zip.coming')} />
                {t('rollcall.zip.got', { got: sizeOf(got), size: sizeOf(bytes) })}
              </div>
            )}
            {state === 'done' && <Note tone="good">{t('rollcall.zip.done')}</Note>}
            {state && state !== 'done' && (
              <Note tone="bad" title={t('rollcall.zip.failed')}>
                {wordProblem(t, state.error)}
              </Note>
            )}
            <div className={styles.row}>
              {bytes > largest ? (
                <Button type="primary" href={prefix + path} download>
                  {t('rollcall.zip.take')}
                </Button>
              ) : got === undefined ? (
                <Button type="primary" onClick={() => void take()}>
                  {t('rollcall.zip.take')}
                </Button>
              ) : (
                <Button onClick={() => stop.current?.abort()}>{t('rollcall.zip.stop')}</Button>
              )}
            </div>
          </div>
        )
      }
    </Show>
  )
}
