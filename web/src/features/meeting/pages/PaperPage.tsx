import { useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { useEffect, useState } from 'react'
import { useParams, useSearchParams } from 'react-router'
import { prefix } from '~/shared/api/client'
import { Page } from '~/shared/ui/Page'
import { ErrorState, Show } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { papersQuery } from '../components/Papers'
import { items } from '../queries'
import styles from './PaperPage.module.css'

const widths = [480, 960, 1600]

/** A paper, page by page, at one's own pace: buttons, arrow keys, and as large as one likes. */
export function PaperPage() {
  const { t } = useWords()
  const { meeting = '', paper = '' } = useParams()
  const [params, setParams] = useSearchParams()
  const papers = useQuery(papersQuery(meeting))
  const [large, setLarge] = useState(false)
  const [broken, setBroken] = useState<string>()
  const it = items(papers.data?.items).find((p) => p.id === paper)
  const last = it?.pages ?? 1
  const n = Math.min(last, Math.max(1, Math.trunc(Number(params.get('page'))) || 1))
  const go = (to: number) => to >= 1 && to <= last && setParams({ page: String(to) }, { replace: true })
  useEffect(() => {
    const key = (e: KeyboardEvent) => {
      if (e.altKey || e.ctrlKey || e.metaKey) return
      if (e.key === 'ArrowRight' || e.key === 'PageDown') go(n + 1)
      else if (e.key === 'ArrowLeft' || e.key === 'PageUp') go(n - 1)
      else return
      e.preventDefault()
    }
    addEventListener('keydown', key)
    return () => removeEventListener('keydown', key)
  })
  const src = (width: number, page = n) => `${prefix}/meetings/${meeting}/papers/${paper}/pages/${page}?width=${width}`
  const set = (page: number) => widths.map((w) => `${src(w, page)} ${w}w`).join(', ')
  const sizes = large ? '200vw' : '(min-width: 56.25em) 60rem, 100vw'
  return (
    <Page title={it?.name ?? t('materials.title')} back={{ to: `/meetings/${meeting}`, label: t('materials.back') }}>
      <Show query={papers}>
        {() =>
          it?.status !== 'ready' ? (
            <p>{t(it ? 'materials.waiting' : 'fault.not_found')}</p>
          ) : (
            <>
              <div className={styles.tools}>
                <Button disabled={n <= 1} onClick={() => go(n - 1)}>
                  {t('materials.previous')}
                </Button>
                <span role="status">{t('materials.page', { n, last })}</span>
                <Button type="primary" disabled={n >= last} onClick={() => go(n + 1)}>
                  {t('materials.next')}
                </Button>
                <Button aria-pressed={large} onClick={() => setLarge(!large)}>
                  {t(large ? 'materials.fit' : 'materials.large')}
                </Button>
              </div>
              {broken === src(960) ? (
                <ErrorState error={undefined} retry={() => setBroken(undefined)} />
              ) : (
                // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls when large
                <div className={styles.sheet} tabIndex={large ? 0 : undefined}>
                  <img key={n} className={large ? styles.large : undefined} src={src(960)} srcSet={set(n)} sizes={sizes} alt={t('materials.page', { n, last })} onError={() => setBroken(src(960))} />
                </div>
              )}
              {n < last && <img hidden srcSet={set(n + 1)} sizes={sizes} alt="" />}
            </>
          )
        }
      </Show>
    </Page>
  )
}
