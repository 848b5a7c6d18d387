// The door: one large button. Everything else is offered and may be left alone.
import { useState } from 'react'
import { asProblem, wordCode, type Problem } from '~/shared/api/problem'
import { LanguageSwitch, SizeCycle } from '~/shared/prefs/Switches'
import { usePrefs } from '~/shared/prefs/prefs'
import { TimeSpan } from '~/shared/ui/TimeText'
import { wordTime } from '~/shared/ui/time'
import { useNow } from '~/shared/ui/useNow'
import { useWords } from '~/shared/words/words'
import { device } from '../device'
import { DeviceCheck, StatementForm, Wait } from '../later'
import { practice } from '../queries'
import { canHear, obstacle, troubleOf } from '../media/trouble'
import { said, type Enter, type Me, type Plan, type Rung, type State } from '../types'
import { Button } from '../ui/Button'
import { Icon } from '../ui/Icon'
import { Sheet } from '../ui/Sheet'
import { JoinMore, useJoinMore } from './JoinMore'
import styles from './Join.module.css'

interface JoinProps {
  meeting: string
  plan: Plan
  me: Me
  state: State | undefined
  rung: Rung
  comeIn: (how: Enter, camera: boolean) => Promise<void>
}

export function JoinPage({ meeting, plan, me, state, rung, comeIn }: JoinProps) {
  const { t } = useWords()
  const { language } = usePrefs()
  const [blocked] = useState(() => obstacle())
  const [how, setHow] = useState<'video' | 'audio'>(blocked ? 'audio' : 'video')
  const [problem, setProblem] = useState<Problem>()
  const [check, setCheck] = useState(false)
  const [writing, setWriting] = useState(false)
  const more = useJoinMore(plan, me)
  const now = useNow(5)

  const leads = (me.abilities ?? []).length > 0
  const early = plan.opens_at && !plan.practice && !leads && !state && now.getTime() < Date.parse(plan.opens_at)

  async function go() {
    setProblem(undefined)
    if (!blocked) await askDevices(how)
    try {
      await comeIn({ ...more.value, how: more.value.with?.length ? 'shared' : how, device: device(), rung: rung || undefined }, how === 'video' && !blocked)
    } catch (error) {
      setProblem(asProblem(error))
    }
  }

  return (
    <main className={styles.page}>
      <header className={styles.bar}>
        <a href={plan.practice ? '/' : `/meetings/${meeting}`} className={styles.back} hidden={me.link}>
          <Icon name="prev" size={20} />
          {t('common.back')}
        </a>
        <span className={styles.tools}>
          <SizeCycle />
          <LanguageSwitch />
        </span>
      </header>
      <div className={styles.body}>
        <div className={styles.head}>
          <p className={styles.unit}>
            {[plan.unit_name, !plan.practice && said(plan.kind_name, language)].filter(Boolean).join(' · ')}
          </p>
          <h1>{plan.theme}</h1>
          <p className={styles.when}>
            {!plan.practice && plan.starts_at && plan.ends_at && <TimeSpan from={plan.starts_at} to={plan.ends_at} />}
            {plan.host && <span>{t('room.join.host', { host: plan.host })}</span>}
          </p>
          <p>{t('room.join.as', { name: me.name })}</p>
        </div>

        {me.where === 'inside' && <p className={styles.note}>{t('room.join.elsewhere')}</p>}
        {plan.practice && <p className={styles.note}>{t('room.join.practice')}</p>}

        <fieldset className={styles.how}>
          <legend className="visually-hidden">{t('room.join.how')}</legend>
          {(['video', 'audio'] as const).map((h) => (
            <label key={h} data-on={how === h || undefined} data-off={(h === 'video' && !!blocked) || undefined}>
              <input className="visually-hidden" type="radio" name="how" checked={how === h} disabled={h === 'video' && !!blocked} onChange={() => setHow(h)} />
              <Icon name={h === 'video' ? 'camera' : 'mic'} />
              <span>{t(`room.join.${h}`)}</span>
            </label>
          ))}
        </fieldset>

        {blocked && <TroubleNote trouble={blocked} host={plan.host} />}

        <div className={styles.enter}>
          {early ? (
            <>
              <p className={styles.note} role="status">
                {t('room.join.early', { at: wordTime(t, language, new Date(plan.opens_at!), 'relativeDay'), host: plan.host })}
              </p>
              <Button do={() => practice().then((id) => location.assign(`/room/${id}`), (error) => setProblem(asProblem(error)))}>{t('common.tryOut')}</Button>
            </>
          ) : (
            <Button kind="primary" do={go}>
              {t('room.join.enter')}
            </Button>
          )}
          {problem && <Refused problem={problem} plan={plan} language={language} />}
        </div>

        <p className={styles.secret}>
          <strong>{t('room.join.secret')}</strong>
          {said(plan.confidentiality, language)}
        </p>

        <div className={styles.offers}>
          {!blocked && (
            <Button do={() => setCheck(!check)} label={t('room.check.title')}>
              <Icon name="sound" size={20} />
              {t('room.check.title')}
            </Button>
          )}
          {!plan.practice && (
            <Button do={() => setWriting(true)}>
              <Icon name="write" size={20} />
              {t('room.join.written')}
            </Button>
          )}
        </div>
        <Wait>{check && <DeviceCheck video={how === 'video'} />}</Wait>
        <JoinMore plan={plan} me={me} more={more} />
        {!canHear() && <p className={styles.note}>{t('room.join.phone', { host: plan.host })}</p>}
      </div>
      {writing && (
        <Sheet title={t('room.statement.title')} close={() => setWriting(false)}>
          <StatementForm meeting={meeting} plan={plan} me={me.person} language={language} />
        </Sheet>
      )}
    </main>
  )
}

// Asked within the tap: later, when the turn comes, the browser does not ask again. A refusal does
// not keep anybody out.
async function askDevices(how: 'video' | 'audio') {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: how === 'video' })
    stream.getTracks().forEach((track) => track.stop())
  } catch (error) {
    if (how === 'video' && troubleOf(error) !== 'refused') await askDevices('audio')
  }
}

export function TroubleNote({ trouble, host }: { trouble: string; host: string }) {
  const { t } = useWords()
  return (
    <div className={styles.note} role="status">
      <p>
        <strong>{t(`room.trouble.${trouble}.title`)}</strong>
      </p>
      <p>{t(`room.trouble.${trouble}.text`, { host })}</p>
    </div>
  )
}

const labels: Record<string, string> = { 'helper.name': 'room.join.helperName', 'helper.relation': 'room.join.helperRelation' }

function Refused({ problem, plan, language }: { problem: Problem; plan: Plan; language: string }) {
  const { t } = useWords()
  const at = problem.params.opens_at
  const params = { host: plan.host, ...problem.params, ...(typeof at === 'string' ? { opens_at: wordTime(t, language, new Date(at), 'relativeDay') } : {}) }
  const lines = problem.errors.length ? problem.errors.map((e) => {
        const words = wordCode(t, e.code, e.params)
        return labels[e.field] ? t('room.join.field', { field: t(labels[e.field]!), words }) : words
      }) : [wordCode(t, problem.code, params)]
  return (
    <div className={styles.refused} role="alert">
      {lines.map((l) => (
        <p key={l}>{l}</p>
      ))}
      {problem.code === 'meeting_locked' && <p>{t('room.join.locked')}</p>}
    </div>
  )
}
