import { CheckCircleFilled, RightOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { useState } from 'react'
import { Link } from 'react-router'
import { api, got } from '~/shared/api/client'
import { useMe } from '~/shared/me/me'
import { Section } from '~/shared/ui/Page'
import { useWords } from '~/shared/words/words'
import { placesOf, steps, type Step } from './steps'
import styles from './Walk.module.css'

const kept = 'wozai-walk'

function read(): string[] {
  try {
    return (localStorage.getItem(kept) ?? '').split(',').filter(Boolean)
  } catch {
    return [] // a private window keeps nothing
  }
}

function keep(done: string[]) {
  try {
    localStorage.setItem(kept, done.join(','))
  } catch {
    // then the steps are ticked until the window closes
  }
}

/** On the start page of the demonstration: a day in February, a few steps in the real pages. */
export function Walk() {
  const me = useMe()
  return me.organisation.demo ? <Day /> : null
}

function Day() {
  const { t } = useWords()
  const me = useMe()
  const [done, setDone] = useState(read)
  const { data } = useQuery({ queryKey: ['walk', 'meetings'], queryFn: ({ signal }) => got(api.GET('/me/meetings', { signal })) })
  const places = { ...placesOf(me), meeting: data?.items?.[0]?.id }
  const tick = (key: string) => {
    const next = [...new Set([...done, key])]
    keep(next)
    setDone(next)
  }
  // The start page answers its three questions first: one step at a time, the rest behind a fold.
  const next = steps.find((s) => !done.includes(s.key) && s.to(places))
  const one = (s: Step) => <OneStep key={s.key} number={steps.indexOf(s) + 1} step={s} to={s.to(places)} done={done.includes(s.key)} tick={() => tick(s.key)} />
  if (done.includes('closed')) {
    return (
      <p className={styles.again}>
        <Button
          type="link"
          onClick={() => {
            keep([])
            setDone([])
          }}
        >
          {t('walk.again')}
        </Button>
      </p>
    )
  }
  return (
    <Section
      title={t('walk.title')}
      aside={
        <Button size="small" onClick={() => tick('closed')}>
          {t('walk.close')}
        </Button>
      }
    >
      <p className={styles.lead}>{t('walk.lead')}</p>
      {next && <ol className={styles.steps}>{one(next)}</ol>}
      <details className={styles.all} open={!next}>
        <summary>{t('walk.all', { count: steps.length, done: steps.filter((s) => done.includes(s.key)).length })}</summary>
        <ol className={styles.steps}>{steps.map((s) => one(s))}</ol>
      </details>
    </Section>
  )
}

function OneStep({ number, step, to, done, tick }: { number: number; step: Step; to: string | undefined; done: boolean; tick: () => void }) {
  const { t } = useWords()
  const inside = (
    <>
      <span className={styles.mark} aria-hidden>
        {done ? <CheckCircleFilled /> : number}
      </span>
      <span className={styles.text}>
        <strong>{t(`walk.step.${step.key}.title`)}</strong>
        <span>{t(`walk.step.${step.key}.text`)}</span>
        {(!to || step.who !== 'anyone') && <span className={styles.who}>{t(`walk.who.${step.who}`)}</span>}
      </span>
      {to && <RightOutlined aria-hidden />}
    </>
  )
  return (
    <li data-done={done || undefined}>
      {!to ? (
        <div className={styles.step}>{inside}</div>
      ) : step.plain ? (
        <a className={styles.step} href={to} onClick={tick}>
          {inside}
        </a>
      ) : (
        <Link className={styles.step} to={to} onClick={tick}>
          {inside}
        </Link>
      )}
    </li>
  )
}
