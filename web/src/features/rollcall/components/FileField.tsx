import { CameraOutlined, FileOutlined, FilePdfOutlined, FileImageOutlined, PaperClipOutlined } from '@ant-design/icons'
import { Button, Progress } from 'antd'
import { createContext, useContext, useEffect, useRef, useState, type ReactNode } from 'react'
import { api, got, prefix } from '~/shared/api/client'
import { unreached, wordProblem } from '~/shared/api/problem'
import { useWords } from '~/shared/words/words'
import { accepted, filePath, files as here, isHere, keptMB, mostMB, useFiles, type Line, type Purpose } from '../kept/files'
import { canSeal } from '~/shared/device/drawer'
import type { AnswerFile, Field } from '../queries'
import styles from './files.module.css'

/** Whose files a form or an answer names; undefined where nothing is sent: a preview. */
export const Whose = createContext<{ period: string; answerer: string; files: AnswerFile[] | null | undefined; purpose?: Purpose } | undefined>(undefined)

const listed = (v: unknown): string[] => (Array.isArray(v) ? (v as string[]) : [])

/** Files for a question: photographed or chosen, sent at once, taken away again. */
export function FileField({ f, id, describedBy, value, set, bad }: { f: Field; id: string; describedBy: string; value: unknown; set: (value: unknown) => void; bad: boolean }) {
  const { t } = useWords()
  const whose = useContext(Whose)
  const lines = useFiles()
  const camera = useRef<HTMLInputElement>(null)
  const picker = useRef<HTMLInputElement>(null)
  const list = listed(value)
  const limit = f.limit || 1
  const purpose = whose?.purpose

  // What has arrived is named as the server does; what waited here since the page was left comes back.
  const now = list.map((x) => here.arrived(x)?.id ?? x)
  const waiting = purpose ? lines.filter((l) => l.period === purpose.period && l.answerer === purpose.answerer && l.field === f.key).map((l) => here.arrived(l.id)?.id ?? l.id) : []
  const next = [...now, ...waiting.filter((x) => !now.includes(x))].join()
  useEffect(() => {
    if (next !== list.join()) set(next.split(','))
  })
  useEffect(() => {
    for (const l of lines) if (here.arrived(l.id) && now.includes(here.arrived(l.id)!.id)) void here.drop(l.id)
  })

  function add(input: HTMLInputElement) {
    const chosen = [...(input.files ?? [])].slice(0, limit - list.length)
    input.value = '' // the same file again, once it has been mended
    set([...list, ...chosen.map((file) => (purpose ? here.choose(purpose, f, file).id : file.name))])
  }
  function remove(x: string) {
    set(list.filter((y) => y !== x))
    const file = whose?.files?.find((y) => y.id === x) ?? here.arrived(x) ?? here.known(x)
    if (isHere(x)) void here.drop(x)
    if (!whose || !file || file.answered) return // what an answer names is kept with it
    void got(api.DELETE('/rollcall-periods/{period}/answers/{answerer}/files/{file}', { params: { path: { period: whose.period, answerer: whose.answerer, file: file.id } } })).catch(() => {}) // nothing names it: it goes by itself
  }
  return (
    <div className={styles.field}>
      {list.length > 0 && (
        <ul className={styles.files}>
          {list.map((x) => (
            <li key={x}>
              <One x={x} line={lines.find((l) => l.id === x)} />
              <Button className="no-print" onClick={() => remove(x)}>
                {t('common.remove')}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {list.length < limit && (
        <div className={`${styles.choose} no-print`}>
          <input ref={camera} hidden type="file" accept="image/jpeg" capture="environment" onChange={(e) => add(e.target)} />
          <Button size="large" className={styles.camera} icon={<CameraOutlined aria-hidden />} onClick={() => camera.current?.click()}>
            {t('rollcall.file.camera')}
          </Button>
          <input ref={picker} id={`${id}-file`} hidden type="file" accept={accepted} multiple={limit - list.length > 1} onChange={(e) => add(e.target)} />
          <Button id={id} size="large" icon={<PaperClipOutlined aria-hidden />} aria-describedby={describedBy} aria-invalid={bad || undefined} danger={bad} onClick={() => picker.current?.click()}>
            {t('rollcall.file.choose')}
          </Button>
        </div>
      )}
      <p className={styles.quiet}>{t('rollcall.file.help', { count: limit, limit: mostMB })}</p>
    </div>
  )
}

/** One file with how far it has come. */
function One({ x, line }: { x: string; line: Line | undefined }) {
  const { t } = useWords()
  const whose = useContext(Whose)
  if (!line) return <Known x={x} />
  const { share, trouble, kept } = line
  const waits = trouble && unreached(trouble)
  return (
    <div className={styles.one}>
      <Name name={line.name} size={line.size} />
      {share !== undefined && <Progress percent={Math.round(share * 100)} aria-label={t('rollcall.file.sending', { name: line.name })} />}
      {trouble && (
        <p className={waits && kept ? styles.quiet : styles.fault} role={waits && kept ? 'status' : 'alert'}>
          {waits ? t(!kept ? 'rollcall.file.notKept' : canSeal() ? 'rollcall.file.waits' : 'rollcall.file.waitsPlain', { limit: keptMB }) : wordProblem(t, trouble)}
        </p>
      )}
      {waits && whose && (
        <Button className={styles.again} onClick={() => void here.send(x).catch(() => {})}>
          {t('rollcall.file.again')}
        </Button>
      )}
    </div>
  )
}

/** A file that is on the server, or whose name alone is known. */
function Known({ x, open }: { x: string; open?: boolean }) {
  const { t } = useWords()
  const whose = useContext(Whose)
  const [shown, setShown] = useState(false)
  const lines = useFiles()
  const file = whose?.files?.find((f) => f.id === x) ?? here.arrived(x) ?? here.known(x)
  const line = lines.find((l) => l.id === x)
  if (line) return <Name name={line.name} size={line.size} />
  if (!file) return <Name name={isHere(x) || whose ? t('rollcall.file.unknown') : x} />
  const address = whose && `${prefix}${filePath(whose.period, whose.answerer)}/${file.id}`
  const picture = file.media_type.startsWith('image/')
  return (
    <div className={styles.one} data-open={open}>
      <Name name={file.name} size={file.bytes} type={file.media_type} />
      {open && address && (
        <span className={`${styles.acts} no-print`}>
          {picture && (
            <Button aria-expanded={shown} onClick={() => setShown(!shown)}>
              {t(shown ? 'rollcall.file.hide' : 'rollcall.file.show')}
            </Button>
          )}
          <Button href={address} download={file.name} aria-label={t('rollcall.file.downloadOne', { name: file.name })}>
            {t('rollcall.file.download')}
          </Button>
        </span>
      )}
      {shown && (
        <div className={styles.whole}>
          <img className={styles.picture} src={address} alt={file.name} />
        </div>
      )}
    </div>
  )
}

function Name({ name, size, type }: { name: string; size?: number; type?: string }) {
  const icon: ReactNode = type === 'application/pdf' ? <FilePdfOutlined /> : type?.startsWith('image/') ? <FileImageOutlined /> : <FileOutlined />
  return (
    <span className={styles.name}>
      <span aria-hidden>{icon}</span>
      <span>
        {name} {size !== undefined && <span className={styles.quiet}>{sizeOf(size)}</span>}
      </span>
    </span>
  )
}

/** A size as people say it: the unit that leaves the fewest digits. */
export const sizeOf = (bytes: number) => (bytes < 1 << 20 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : bytes < 1 << 30 ? `${(bytes / (1 << 20)).toFixed(1)} MB` : `${(bytes / (1 << 30)).toFixed(1)} GB`)

/** The files that an answer names, to be looked at and taken along. */
export function FileList({ value }: { value: unknown }) {
  return (
    <ul className={styles.files}>
      {listed(value).map((x) => (
        <li key={x}>
          <Known x={x} open />
        </li>
      ))}
    </ul>
  )
}
