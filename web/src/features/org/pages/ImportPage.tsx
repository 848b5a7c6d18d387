import { DownloadOutlined, RightOutlined, UploadOutlined } from '@ant-design/icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Progress } from 'antd'
import { useEffect, useRef, useState, type DragEvent } from 'react'
import { Link, useNavigate } from 'react-router'
import { prefix } from '~/shared/api/client'
import { wordProblem } from '~/shared/api/problem'
import { upload } from '~/shared/api/upload'
import { Page, Section } from '~/shared/ui/Page'
import { Empty, Note, Show, Tag, type Tone } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import { importsQuery, items, keys, type Import } from '../queries'
import styles from './ImportPage.module.css'

const most = 50 // megabytes, the server's bound

/** Brings units and people in from a file: the template, the upload, and the imports so far. */
export function ImportPage() {
  const { t } = useWords()
  const runs = useQuery(importsQuery)
  return (
    <Page narrow title={t('org.import.title')} lead={t('org.import.lead')} back={{ to: '/org', label: t('org.title') }}>
      <Section title={t('org.import.template')}>
        <div className={styles.stack}>
          <p className={styles.hint}>{t('org.import.templateLead')}</p>
          <div>
            <Button href={`${prefix}/org/imports/template`} download icon={<DownloadOutlined aria-hidden />}>
              {t('org.import.templateVerb')}
            </Button>
          </div>
        </div>
      </Section>
      <Section title={t('org.import.upload')}>
        <Upload />
      </Section>
      <Section title={t('org.import.soFar')}>
        <Show query={runs}>
          {(data) =>
            items(data.items).length === 0 ? (
              <Empty>{t('org.import.none')}</Empty>
            ) : (
              <ul className={styles.runs}>
                {items(data.items).map((run) => (
                  <li key={run.id}>
                    <Link to={`/org/import/${run.id}`}>
                      <span className={styles.file}>
                        <span>{run.file}</span>
                        <span className={styles.hint}>{run.created_at && <TimeText at={run.created_at} />}</span>
                      </span>
                      <StateTag state={run.state} />
                      <RightOutlined aria-hidden className={styles.arrow} />
                    </Link>
                  </li>
                ))}
              </ul>
            )
          }
        </Show>
      </Section>
    </Page>
  )
}

const tones: Record<Import['state'], Tone> = { checking: 'accent', checked: 'care', applying: 'accent', done: 'good', failed: 'bad', discarded: 'plain' }

export function StateTag({ state }: { state: Import['state'] }) {
  const { t } = useWords()
  return <Tag tone={tones[state]}>{t(`org.import.state.${state}`)}</Tag>
}

function Upload() {
  const { t } = useWords()
  const navigate = useNavigate()
  const client = useQueryClient()
  const input = useRef<HTMLInputElement>(null)
  const [sending, setSending] = useState<{ name: string; share: number; stop: AbortController }>()
  const [trouble, setTrouble] = useState<string>()
  const [over, setOver] = useState(false)
  const stop = sending?.stop
  useEffect(() => () => stop?.abort(), [stop])

  async function send(file: File) {
    setTrouble(undefined)
    if (!/\.(xlsx|csv)$/i.test(file.name)) return setTrouble(t('org.import.wrongType', { name: file.name }))
    if (file.size > most * 1024 * 1024) return setTrouble(t('org.import.tooLarge', { limit: most }))
    const abort = new AbortController()
    setSending({ name: file.name, share: 0, stop: abort })
    try {
      const run = await upload<Import>(`/org/imports?name=${encodeURIComponent(file.name)}`, file, {
        signal: abort.signal,
        progress: (share) => setSending((s) => s && { ...s, share }),
      })
      client.setQueryData(keys.import(run.id), run)
      void client.invalidateQueries({ queryKey: keys.imports })
      void navigate(`/org/import/${run.id}`)
    } catch (error) {
      if (!abort.signal.aborted) setTrouble(wordProblem(t, error))
      setSending(undefined)
    }
    return undefined
  }

  function take(files: FileList | null | undefined) {
    const file = files?.[0]
    if (file && !sending) void send(file)
    if (input.current) input.current.value = '' // the same file again, once it has been mended
  }

  const drag = (inside: boolean) => (e: DragEvent) => {
    e.preventDefault()
    setOver(inside)
  }
  return (
    <div className={styles.stack}>
      {trouble && <Note tone="bad" title={trouble} />}
      <div
        className={styles.drop}
        data-over={over || undefined}
        onDragOver={drag(true)}
        onDragLeave={drag(false)}
        onDrop={(e) => {
          drag(false)(e)
          take(e.dataTransfer.files)
        }}
      >
        {sending ? (
          <div className={styles.sending}>
            <span>{t('org.import.sending', { name: sending.name })}</span>
            <Progress percent={Math.round(sending.share * 100)} aria-label={t('org.import.sending', { name: sending.name })} />
            <Button onClick={() => sending.stop.abort()}>{t('common.cancel')}</Button>
          </div>
        ) : (
          <>
            <input ref={input} className="visually-hidden" type="file" accept=".xlsx,.csv" tabIndex={-1} aria-label={t('org.import.choose')} onChange={(e) => take(e.target.files)} />
            <Button type="primary" size="large" icon={<UploadOutlined aria-hidden />} onClick={() => input.current?.click()}>
              {t('org.import.choose')}
            </Button>
            <span className={styles.hint}>{t('org.import.formats', { limit: most })}</span>
          </>
        )}
      </div>
      <p className={styles.hint}>{t('org.import.promise')}</p>
    </div>
  )
}
