import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Input } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { useParams } from 'react-router'
import { api, got, intention } from '~/shared/api/client'
import { asProblem, unreached, wordCode, wordFields, wordProblem } from '~/shared/api/problem'
import { canSeal } from '~/shared/device/drawer'
import { useMe } from '~/shared/me/me'
import { useTerms } from '~/shared/profile/profile'
import { ConfirmButton } from '~/shared/ui/ConfirmButton'
import { PrintButton } from '~/shared/ui/CopyButton'
import { Choice } from '~/shared/ui/Choice'
import { Page, Section } from '~/shared/ui/Page'
import { Note, Show } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { usePrinting } from '~/shared/ui/useMedia'
import { useWords } from '~/shared/words/words'
import { Whose } from '../components/FileField'
import { Paper } from '../components/Paper'
import { Questions, Said } from '../components/Questions'
import { Versions } from '../components/Versions'
import styles from '../components/parts.module.css'
import { useDraft } from '../components/useDraft'
import { outbox, useKept } from '../kept/device'
import { files } from '../kept/files'
import type { Kept } from '../kept/shelf'
import { keys, sheetQuery, viewQuery, type Sending, type Sheet } from '../queries'
import { fromSent, placeOf, toSend, type Filled } from '../state'

/** The sheet that somebody fills in: on a phone, one question under another. */
export function AnswerPage() {
  const { period = '', answerer = '' } = useParams()
  const { t } = useWords()
  const { say } = useTerms()
  const me = useMe()
  const sheet = useQuery(sheetQuery(period, answerer))
  const s = sheet.data
  const here = useKept().find((k) => k.period === period && k.answerer === answerer)
  const [taken, setTaken] = useState<Kept>()
  /** What was kept goes back into the sheet, to be looked over and handed in. */
  function take(kept: Kept) {
    setTaken(kept)
    void outbox.drop(kept)
  }
  return (
    <Page
      narrow
      title={s ? say(s.title) : t('rollcall.sheet.title')}
      back={{ to: '/rollcalls', label: t('rollcall.nav') }}
      lead={
        s && (
          <>
            <p>
              {t('rollcall.asks', { unit: s.unit_name })}
              {answerer !== me.person.id && ` ${t('rollcall.for', { name: s.name })}`}
            </p>
            <p className={styles.facts}>
              {s.due_at && (
                <span>
                  {t('rollcall.by')} <TimeText at={s.due_at} />
                </span>
              )}
              <span>{t('rollcall.minutes', { count: s.minutes })}</span>
              {s.voluntary && <span>{t('rollcall.voluntary')}</span>}
            </p>
          </>
        )
      }
    >
      {s?.from_device && !here && (
        <div className="no-print">
          <Note tone="plain">{t('rollcall.here.sheet')}</Note>
        </div>
      )}
      {here && (
        <Whose value={{ period, answerer, files: s?.files }}>
          <Waiting kept={here} s={s} fill={s?.abilities?.includes('answer') ? () => take(here) : undefined} />
        </Whose>
      )}
      {!(here && !s) && (
        <Show query={sheet}>
          {(s) => (
            <>
              <Body key={`${s.id}:${s.name}:${taken?.key ?? ''}`} s={s} answerer={answerer} here={!!here} taken={taken} />
              {!here && (
                <div>
                  <PrintButton type="text">{t(s.answer ? 'common.print' : 'rollcall.paper.print')}</PrintButton>
                </div>
              )}
            </>
          )}
        </Show>
      )}
    </Page>
  )
}

function Body({ s, answerer, here, taken }: { s: Sheet; answerer: string; here: boolean; taken: Kept | undefined }) {
  const { t } = useWords()
  const { say } = useTerms()
  const me = useMe().person.id
  const may = s.abilities?.includes('answer') ?? false
  // Until they decide or begin, by what is known of it, which may be read anew.
  const [decided, setOpen] = useState<boolean | undefined>(taken ? true : undefined)
  const open = decided ?? (!s.answer || s.answer.state === 'returned' || (s.draft?.version ?? -1) >= s.answer.version)
  const writing = open && may && !here
  // Somebody else was faster: what they said stands beside what is being written.
  const [other, setOther] = useState(false)
  return (
    <Whose value={{ period: s.id, answerer, files: s.files, purpose: { person: me, period: s.id, answerer, form_version: s.form_version } }}>
      {s.returned && (
        <Note tone="care" title={t('rollcall.sheet.returned')}>
          {s.returned}
        </Note>
      )}
      {s.answer && s.answer.state !== 'returned' && !(writing && other) && (
        <Note tone="good" title={t(s.answer.state === 'accepted' ? 'rollcall.receipt.accepted' : 'rollcall.receipt.title')}>
          <p>
            {s.answer.at && (
              <>
                <TimeText at={s.answer.at} /> ·{' '}
              </>
            )}
            {t(s.answer.on_time ? 'rollcall.receipt.onTime' : 'rollcall.receipt.late')}
            {s.answer.by_id !== answerer && ` · ${t('rollcall.receipt.by', { name: s.answer.by_name })}`}
          </p>
          <p>{t('rollcall.receipt.server')}</p>
        </Note>
      )}
      {s.until && may && (
        <Note tone="care">
          {t('rollcall.sheet.exception')} <TimeText at={s.until} />
        </Note>
      )}
      {!may && s.answer?.state !== 'accepted' && <Note tone="plain" title={t('rollcall.sheet.closed')} />}
      {say(s.about) && (writing || !(s.answer || here)) && <p className={styles.about}>{say(s.about)}</p>}
      {writing ? (
        <>
          {other && s.answer && <Other s={s} leave={() => setOpen(false)} />}
          <Filling s={s} answerer={answerer} from={taken?.body} begun={() => setOpen(true)} sent={() => setOpen(false)} overtaken={() => setOther(true)} />
        </>
      ) : (
        s.answer && (
          <Section title={t('rollcall.receipt.said')}>
            {may && s.answer.state !== 'returned' && s.answer.form_version < s.form_version && <Note tone="plain">{t('rollcall.receipt.newer')}</Note>}
            <Said form={s.form} answer={s.answer} />
            {may && (
              <div className={styles.tail}>
                <Button size="large" onClick={() => setOpen(true)}>
                  {t('rollcall.receipt.correct')}
                </Button>
                <p className={styles.quiet}>
                  {t('rollcall.receipt.until')} {(s.until ?? s.closes_at) && <TimeText at={(s.until ?? s.closes_at)!} />}
                </p>
              </div>
            )}
          </Section>
        )
      )}
      {s.answer && s.answer.version > 1 && !writing && <Before period={s.id} answerer={answerer} />}
    </Whose>
  )
}

function Other({ s, leave }: { s: Sheet; leave: () => void }) {
  const { t } = useWords()
  return (
    <>
      <Note tone="care" title={t('rollcall.other.title', { name: s.answer?.by_name })}>
        <p>{t('rollcall.other.help')}</p>
      </Note>
      <Section title={t('rollcall.other.said', { name: s.answer?.by_name })}>
        {s.answer && <Said form={s.form} answer={s.answer} />}
        <div className={styles.tail}>
          <Button size="large" onClick={leave}>
            {t('rollcall.other.leave')}
          </Button>
        </div>
      </Section>
    </>
  )
}

function Before({ period, answerer }: { period: string; answerer: string }) {
  const { data } = useQuery(viewQuery(period, answerer))
  return data ? (
    <Whose value={{ period, answerer, files: data.files }}>
      <Versions v={data} />
    </Whose>
  ) : null
}

/** What is kept on this device: it waits for the network, or the server did not take it and its author decides. */
function Waiting({ kept, s, fill }: { kept: Kept; s: Sheet | undefined; fill: (() => void) | undefined }) {
  const { t } = useWords()
  const { say } = useTerms()
  const { refused, body } = kept
  const elsewhere = refused && s?.answer && s.answer.version !== body.version
  return (
    <>
      {refused ? (
        <Note tone="bad" title={t('rollcall.here.refused')}>
          <p>{elsewhere ? t('rollcall.here.elsewhere', { name: s.answer?.by_name }) : wordCode(t, refused.code, refused.params)}</p>
          <p>{t(elsewhere ? 'rollcall.here.compare' : fill ? 'rollcall.here.again' : 'rollcall.here.ask')}</p>
        </Note>
      ) : (
        <Note tone="care" title={t('rollcall.here.title')}>
          <p>{t('rollcall.here.will')}</p>
          <p>{t(canSeal() ? 'rollcall.here.how' : 'rollcall.here.howPlain')}</p>
        </Note>
      )}
      <Section title={s ? t('rollcall.here.said') : say(kept.title)}>
        <p className={styles.quiet}>
          {t('rollcall.here.at')} {body.device_at && <TimeText at={body.device_at} />}
        </p>
        <div className={styles.tail}>
          <Said form={kept.form} answer={body} />
        </div>
        <div className={`${styles.row} ${styles.tail} no-print`}>
          {fill && (
            <Button size="large" type={refused ? 'primary' : 'default'} onClick={fill}>
              {t(refused ? 'rollcall.here.look' : 'rollcall.receipt.correct')}
            </Button>
          )}
          {refused && (
            <ConfirmButton size="large" question={t('rollcall.here.dropQuestion')} explanation={t('rollcall.here.dropExplain')} verb={t('rollcall.here.drop')} action={() => Promise.all([outbox.drop(kept), files.clear(kept)])}>
              {t('rollcall.here.drop')}
            </ConfirmButton>
          )}
        </div>
      </Section>
    </>
  )
}

const kinds = ['value', 'nil', 'na'] as const

interface FillingProps {
  s: Sheet
  answerer: string
  from: Sending | undefined
  begun: () => void
  sent: () => void
  /** It was answered elsewhere meanwhile. */
  overtaken: () => void
}

function Filling({ s, answerer, from: taken, begun, sent, overtaken }: FillingProps) {
  const { t } = useWords()
  const { say } = useTerms()
  const cache = useQueryClient()
  const me = useMe().person.id
  const from = taken ?? s.draft ?? s.answer
  const proposed = from ? undefined : s.prefill
  const [kind, setKind] = useState<Sending['kind']>(from && from.kind !== 'given' ? from.kind : 'value')
  const [filled, setFilled] = useState<Filled>(() => fromSent(s.form, from?.values ?? proposed))
  const [reason, setReason] = useState(from?.reason ?? '')
  const [busy, setBusy] = useState(false)
  const [faults, setFaults] = useState<Record<string, string[]>>({})
  const [trouble, setTrouble] = useState<string[]>([])
  const key = useRef(intention())
  const box = useRef<HTMLDivElement>(null)
  const draft = useDraft(s, answerer)
  const printing = usePrinting()
  const version = s.answer?.version ?? 0

  useEffect(() => {
    if (s.begun_here && s.draft && !taken) draft.bring(s.draft)
    // oxlint-disable-next-line react/exhaustive-deps -- once, when the sheet is opened
  }, [])

  function body(now: { kind: Sending['kind']; filled: Filled; reason: string }): Sending {
    return {
      kind: now.kind,
      values: now.kind === 'value' ? toSend(s.form, now.filled) : undefined,
      reason: now.kind === 'na' ? now.reason : undefined,
      form_version: s.form_version,
      version,
      device_at: new Date().toISOString(),
    }
  }
  function change(part: Partial<{ kind: Sending['kind']; filled: Filled; reason: string }>) {
    begun()
    const now = { kind, filled, reason, ...part }
    setKind(now.kind)
    setFilled(now.filled)
    setReason(now.reason)
    if (!s.anonymous) draft.keep(body(now))
    key.current = intention()
  }

  /** What was wrong with a field is not said of what is entered now; nor of a total, which may have changed. */
  function fill(field: string, value: unknown) {
    const totals = (s.form.fields ?? []).filter((f) => f.kind === 'total').map((f) => f.key)
    setFaults(Object.fromEntries(Object.entries(faults).filter(([at]) => at !== field && !totals.includes(at))))
    change({ filled: { ...filled, [field]: value } })
  }

  async function send() {
    setBusy(true)
    setTrouble([])
    setFaults({})
    let sending = body({ kind, filled, reason })
    try {
      sending = await files.attach(sending)
      draft.drop()
      await got(
        api.POST('/rollcall-periods/{period}/answers/{answerer}', {
          params: { path: { period: s.id, answerer } },
          headers: { 'Idempotency-Key': key.current },
          body: sending,
        }),
      )
      await files.clear({ period: s.id, answerer })
      await cache.invalidateQueries({ queryKey: keys.all })
      sent()
      scrollTo({ top: 0 })
    } catch (error) {
      if (unreached(error)) {
        const kept = files.safe(sending) && (await outbox.keep({ person: me, period: s.id, answerer, key: key.current, title: s.title, name: s.name, form: s.form, body: sending }))
        if (kept) {
          scrollTo({ top: 0 })
          return sent()
        }
        setTrouble([wordProblem(t, error), t(files.safe(sending) ? 'rollcall.here.not' : 'rollcall.file.notHere')])
        return
      }
      const at: Record<string, string[]> = {}
      const onTop: string[] = []
      for (const { name, errors } of wordFields(t, error)) {
        const check = s.form.checks?.find((c) => name === `checks.${c.key}`)
        const words = check ? [say(check.message)] : errors
        const place = placeOf(s.form, name)
        if (place) at[place] = [...(at[place] ?? []), ...words]
        else onTop.push(...words)
      }
      setFaults(at)
      setTrouble([wordProblem(t, error), ...onTop])
      const first = Object.keys(at)[0]
      if (first) box.current?.querySelector(`[data-field="${first}"]`)?.scrollIntoView({ block: 'center' })
      if (asProblem(error).status !== 0) key.current = intention()
      const stale = asProblem(error).status === 412
      if (stale || asProblem(error).status === 409 || asProblem(error).errors.some((e) => e.field === 'form_version')) await cache.invalidateQueries({ queryKey: keys.sheet(s.id, answerer) })
      if (!stale) return
      setTrouble([])
      overtaken()
      scrollTo({ top: 0 })
    } finally {
      setBusy(false)
    }
  }

  return (
    <Section>
      {printing && <Paper form={s.form} filled={filled} kind={kind} reason={reason} anonymous={s.anonymous} />}
      <div ref={box} className={printing ? 'no-print' : styles.stack}>
        {trouble.length > 0 && (
          <Note tone="bad" title={trouble[0]}>
            {trouble.slice(1).map((line) => (
              <p key={line}>{line}</p>
            ))}
          </Note>
        )}
        {proposed && <Note>{t('rollcall.sheet.prefilled')}</Note>}
        {s.anonymous && (
          <Note title={t('rollcall.anonymous.title')}>
            <p>{t('rollcall.anonymous.answerer')}</p>
            <p>{t('rollcall.anonymous.once')}</p>
          </Note>
        )}
        {!s.anonymous && <Choice wide label={t('rollcall.kind.title')} value={kind} options={kinds.map((k) => ({ value: k, label: t(`rollcall.kind.${k}`) }))} choose={(k) => change({ kind: k })} />}
        {kind === 'value' && <Questions form={s.form} filled={filled} faults={faults} set={fill} />}
        {kind === 'nil' && <Note title={t('rollcall.kind.nilTitle')}>{t('rollcall.kind.nilHelp', { name: s.name, time: say(s.title) })}</Note>}
        {kind === 'na' && (
          <div className={styles.question} data-field="reason">
            <label htmlFor="rollcall-reason">{t('rollcall.kind.reason')}</label>
            <Input.TextArea id="rollcall-reason" size="large" autoSize={{ minRows: 2 }} maxLength={500} value={reason} onChange={(e) => change({ reason: e.target.value })} />
            {(faults.reason ?? []).map((line) => (
              <p key={line} className={styles.fault} role="alert">
                {line}
              </p>
            ))}
          </div>
        )}
        <Button type="primary" size="large" block className={styles.big} loading={busy} onClick={() => void send()}>
          {t(kind === 'nil' ? 'rollcall.sheet.signNil' : version ? 'rollcall.sheet.sendAgain' : 'rollcall.sheet.send')}
        </Button>
        <p className={styles.state} role="status">
          {draft.state === 'typing' && t('rollcall.sheet.keeping')}
          {draft.state === 'kept' && t('rollcall.sheet.kept')}
          {draft.state === 'here' && t('rollcall.sheet.keptHere')}
          {draft.state === 'failed' && t('rollcall.sheet.notKept')}
          {draft.state === 'none' && (s.anonymous ? t('rollcall.anonymous.noDraft') : s.draft ? t('rollcall.sheet.begun') : t('rollcall.sheet.keptByItself'))}
        </p>
      </div>
    </Section>
  )
}
